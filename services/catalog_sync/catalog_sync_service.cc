#include "services/catalog_sync/catalog_sync_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/catalog/backstage_source.h"
#include "ingester/catalog/folder_source.h"
#include "services/base/log.h"
#include "services/catalog_sync/catalog_sync.h"
#include "services/catalog_sync/configuration_sync.h"
#include "services/catalog_sync/periodic_thread.h"
#include "services/ingest_client/ingest_client.h"

namespace headway {
namespace {

class CatalogSyncService : public Service {
 public:
  CatalogSyncService(CatalogSyncOptions options, Instruments& instruments)
      : options_(std::move(options)), instruments_(instruments), sink_(MakeIngestClient(options_.ingest)) {}

  ~CatalogSyncService() override { Stop(); }

  std::string name() const override { return "catalog_sync"; }
  std::vector<GrpcService> grpc_services() override { return {}; }

  absl::Status Start() override {
    if (!options_.configuration_file.empty()) {
      configuration_ = std::make_unique<ConfigurationSync>(
          options_.configuration_file, SyncOptions("configuration", rules_), sink_.get(), instruments_);
      rules_.Start([this] { return configuration_->Look(); });
    }
    if (options_.catalog.has_value()) {
      const CatalogConfiguration& catalog = *options_.catalog;
      catalog_ = std::make_unique<CatalogSync>(MakeSource(catalog),
                                               SyncOptions(absl::StrCat("catalog:", catalog.name), entities_),
                                               catalog.every, sink_.get(), instruments_);
      LogInfo("keeping in step with the catalog",
              {{"source", catalog.name}, {"url", catalog.url}, {"folder", catalog.folder}});
      entities_.Start([this] { return catalog_->Look(); });
    }
    return absl::OkStatus();
  }

  absl::Status Ready() override { return absl::OkStatus(); }
  void Drain() override {}

  void Stop() override {
    sink_->Cancel();
    entities_.Stop();
    rules_.Stop();
  }

 private:
  DeclarationSyncOptions SyncOptions(const std::string& source, PeriodicThread& thread) {
    DeclarationSyncOptions options;
    options.source = source;
    // By what they hold, not by the source: entities stay the same ones when another catalog tells of them.
    if (!options_.state_folder.empty())
      options.state_file = absl::StrCat(options_.state_folder, source == "configuration" ? "/rules" : "/entities");
    options.clock = &SystemClock();
    options.stopping = [&thread] { return thread.stopping(); };
    options.sleep = [&thread](absl::Duration pause) { thread.Sleep(pause); };
    return options;
  }

  std::unique_ptr<catalog::CatalogSource> MakeSource(const CatalogConfiguration& catalog) {
    if (!catalog.folder.empty()) return catalog::MakeFolderSource(catalog.folder);
    catalog::BackstageOptions options;
    options.url = catalog.url;
    options.token_file = catalog.token_file;
    options.ca_file = catalog.ca_file;
    options.page_size = catalog.page_size;
    return catalog::MakeBackstageSource(std::move(options), MakeHttpClient([this] { return entities_.stopping(); }));
  }

  const CatalogSyncOptions options_;
  Instruments& instruments_;
  const std::unique_ptr<IngestClient> sink_;
  std::unique_ptr<ConfigurationSync> configuration_;
  std::unique_ptr<CatalogSync> catalog_;
  // After what they work on, so that they end before it does.
  PeriodicThread rules_;
  PeriodicThread entities_;
};

}  // namespace

std::unique_ptr<Service> MakeCatalogSyncService(CatalogSyncOptions options, Instruments& instruments) {
  return std::make_unique<CatalogSyncService>(std::move(options), instruments);
}

}  // namespace headway
