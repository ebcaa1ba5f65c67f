// The watcher's part of a command line.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_FLAGS_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/argocd_watcher/argocd_watcher.h"
#include "services/runtime/flags.h"

namespace headway {

// Where one Argo CD is, and how it is reached: without a kubeconfig as a Pod of its cluster.
struct ArgocdAddress {
  std::string name = "argocd";
  std::vector<std::string> namespaces;  // empty: all
  std::string kubeconfig;
  std::string context;
};

class ArgocdFlags : public FlagGroup {
 public:
  void AddTo(CLI::App& app) override;

  // The instance of the command line, alone: INVALID_ARGUMENT or UNAVAILABLE where its cluster cannot be told.
  absl::StatusOr<ArgocdWatcherOptions> Options() const;
  // Those that were configured in its place.
  absl::StatusOr<ArgocdWatcherOptions> Options(const std::vector<ArgocdAddress>& configured) const;

 private:
  absl::StatusOr<WatchedInstance> Instance(const ArgocdAddress& address) const;

  ArgocdAddress address_;
  std::string ingest_ = "127.0.0.1:7400";
  std::string service_account_folder_;
};

// From addresses, for a process that has no flags for it. `service_account_folder`: empty: where Kubernetes puts it.
absl::StatusOr<WatchedInstance> InstanceAt(const ArgocdAddress& address,
                                           const std::string& service_account_folder = "");

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_FLAGS_H_
