#include "services/all/configured_sources.h"

#include <utility>

#include "services/argocd_watcher/argocd_flags.h"
#include "services/catalog_sync/catalog_sync_service.h"

namespace headway {

absl::Status AddConfiguredSources(const ConfigurationFlags& flags, const Configuration& configuration,
                                  const std::string& ingest, Instruments& instruments,
                                  std::vector<std::unique_ptr<Service>>* services) {
  if (flags.file().empty()) return absl::OkStatus();
  services->push_back(
      MakeCatalogSyncService({ingest, flags.file(), configuration.catalog, flags.state_folder()}, instruments));
  if (configuration.argocd.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<WatchedInstance>> instances = FindInstances(configuration.argocd);
  if (!instances.ok()) return instances.status();
  services->push_back(MakeArgocdWatcher({ingest, *std::move(instances)}, instruments));
  return absl::OkStatus();
}

}  // namespace headway
