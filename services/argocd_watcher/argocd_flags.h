// The watcher's part of a command line.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_FLAGS_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/argocd_watcher/argocd_watcher.h"
#include "services/configuration/configuration_flags.h"
#include "services/runtime/flags.h"

namespace headway {

class ArgocdFlags : public FlagGroup {
 public:
  void AddTo(CLI::App& app) override;

  const ConfigurationFlags& configuration() const { return configuration_; }
  // The instances that are configured; where there are none, that of the command line. INVALID_ARGUMENT, UNAVAILABLE: a cluster cannot be told.
  absl::StatusOr<ArgocdWatcherOptions> Options(const Configuration& configuration) const;

 private:
  ConfigurationFlags configuration_;
  ArgoCdConfiguration instance_;
  std::string ingest_ = "127.0.0.1:7400";
  std::string service_account_folder_;
};

// Finds the clusters of instances: by their kubeconfigs, else as a Pod, whose token and authority are in the folder (empty: where Kubernetes puts them).
absl::StatusOr<std::vector<WatchedInstance>> FindInstances(const std::vector<ArgoCdConfiguration>& instances,
                                                           const std::string& service_account_folder = "");

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_FLAGS_H_
