#include "services/argocd_watcher/argocd_watcher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/log.h"

namespace headway {
namespace {

class ArgocdWatcher : public Service {
 public:
  ArgocdWatcher(ArgocdWatcherOptions options, Instruments& instruments)
      : options_(std::move(options)), instruments_(instruments), client_(MakeIngestClient(options_.ingest_address)) {}
  ~ArgocdWatcher() override { Stop(); }

  std::string name() const override { return "argocd-watcher"; }
  std::vector<GrpcService> grpc_services() override { return {}; }

  absl::Status Start() override {
    for (const WatchedInstance& instance : options_.instances) {
      watches_.push_back(std::make_unique<InstanceWatch>(instance, client_.get(), instruments_));
      if (absl::Status status = watches_.back()->Start(); !status.ok()) {
        return absl::Status(status.code(),
                            absl::StrCat("while starting to watch ", instance.name, ": ", status.message()));
      }
      LogInfo("watching begins", {{"instance", instance.name},
                                  {"server", instance.cluster.server},
                                  {"namespaces", absl::StrJoin(instance.namespaces, ",")}});
    }
    return absl::OkStatus();
  }

  absl::Status Ready() override { return absl::OkStatus(); }

  // Nothing is lost by ending in the middle: what was not stored is listed again by the next process.
  void Drain() override {
    for (const std::unique_ptr<InstanceWatch>& watch : watches_) watch->Cancel();
    client_->Cancel();
  }

  void Stop() override {
    Drain();
    for (const std::unique_ptr<InstanceWatch>& watch : watches_) watch->Stop();
    watches_.clear();
  }

 private:
  const ArgocdWatcherOptions options_;
  Instruments& instruments_;
  const std::unique_ptr<IngestClient> client_;
  std::vector<std::unique_ptr<InstanceWatch>> watches_;
};

}  // namespace

std::unique_ptr<Service> MakeArgocdWatcher(ArgocdWatcherOptions options, Instruments& instruments) {
  return std::make_unique<ArgocdWatcher>(std::move(options), instruments);
}

}  // namespace headway
