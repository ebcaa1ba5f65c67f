// The catalog sync's part of a command line.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_FLAGS_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_FLAGS_H_

#include <string>

#include "services/catalog_sync/catalog_sync_service.h"
#include "services/configuration/configuration_flags.h"
#include "services/runtime/flags.h"

namespace headway {

class CatalogSyncFlags : public FlagGroup {
 public:
  void AddTo(CLI::App& app) override;

  const ConfigurationFlags& configuration() const { return configuration_; }
  CatalogSyncOptions Options(const Configuration& configuration) const;

 private:
  ConfigurationFlags configuration_;
  std::string ingest_ = "127.0.0.1:7400";
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_SYNC_FLAGS_H_
