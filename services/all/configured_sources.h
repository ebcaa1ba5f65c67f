// The sources that a configuration asks for, as parts of one process.
#ifndef HEADWAY_SERVICES_ALL_CONFIGURED_SOURCES_H_
#define HEADWAY_SERVICES_ALL_CONFIGURED_SOURCES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/base/instruments.h"
#include "services/configuration/configuration_flags.h"
#include "services/runtime/service.h"

namespace headway {

// Adds the catalog sync where there is a configuration file, and the watcher of Argo CD where it names one. They send to `ingest`, the address of IngestService.
// Not OK: a cluster cannot be told, the message says which and why.
absl::Status AddConfiguredSources(const ConfigurationFlags& flags, const Configuration& configuration,
                                  const std::string& ingest, Instruments& instruments,
                                  std::vector<std::unique_ptr<Service>>* services);

}  // namespace headway

#endif  // HEADWAY_SERVICES_ALL_CONFIGURED_SOURCES_H_
