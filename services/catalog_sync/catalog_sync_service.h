// The catalog sync as a part of a process: entities of the catalog and rules of the configuration file, to IngestService. It holds no database password.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_SERVICE_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_SERVICE_H_

#include <memory>
#include <optional>
#include <string>

#include "services/base/instruments.h"
#include "services/configuration/configuration.h"
#include "services/runtime/service.h"

namespace headway {

struct CatalogSyncOptions {
  std::string ingest;                           // address of IngestService
  std::string configuration_file;               // whose rules are kept; empty: none
  std::optional<CatalogConfiguration> catalog;  // absent: only rules
  std::string state_folder;                     // where it is remembered what was sent; empty: nowhere
};

// The instruments must outlive it. It is ready whether the catalog can be read or not: that is told by its instruments and in coverage.
std::unique_ptr<Service> MakeCatalogSyncService(CatalogSyncOptions options, Instruments& instruments);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_SERVICE_H_
