// Keeps the rules that are stored equal to those of the configuration file, also when it changes.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_CONFIGURATION_SYNC_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_CONFIGURATION_SYNC_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/base/instruments.h"
#include "services/catalog_sync/catalog_report.h"
#include "services/catalog_sync/declaration_sync.h"
#include "services/configuration/configuration.h"

namespace headway {

// Not thread-safe.
class ConfigurationSync {
 public:
  // The sink and the instruments must outlive this. `options.source` is "configuration".
  ConfigurationSync(std::string file, DeclarationSyncOptions options, ObservationSink* sink, Instruments& instruments);

  // Reads the file, and sends what differs and what is to be said of it. While it is wrong the rules that were read last hold. Returns how long to wait before the
  // next look.
  absl::Duration Look();

 private:
  absl::Status Synchronise(absl::Time now);

  const std::string file_;
  const Clock* const clock_;
  DeclarationSync sync_;
  CatalogReport report_;
  prometheus::Gauge& good_;
  std::string said_;  // the fault that was logged last
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_CONFIGURATION_SYNC_H_
