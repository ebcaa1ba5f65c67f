#include "services/catalog_sync/catalog_sync_flags.h"

#include <CLI/CLI.hpp>

namespace headway {

void CatalogSyncFlags::AddTo(CLI::App& app) {
  configuration_.AddTo(app);
  app.add_option("--ingest", ingest_, "host:port of IngestService")->capture_default_str();
}

CatalogSyncOptions CatalogSyncFlags::Options(const Configuration& configuration) const {
  return {ingest_, configuration_.file(), configuration.catalog, configuration_.state_folder()};
}

}  // namespace headway
