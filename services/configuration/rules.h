// The rules of a configuration: which stream is whose, which environment is which, how an image's tag is read.
#ifndef HEADWAY_SERVICES_CONFIGURATION_RULES_H_
#define HEADWAY_SERVICES_CONFIGURATION_RULES_H_

#include <set>

#include "services/configuration/configuration.h"
#include "services/configuration/section.h"

namespace headway {

// Each reads one element of its list, appends it, and checks it as IngestService will: what it refuses is a fault at the line of the field, or of the rule.
// `ids`: those that were read before; a second rule of one id is a fault.
void ReadMappingRule(Section& section, std::set<std::string>* ids, Configuration* configuration);
void ReadEnvironmentRule(Section& section, std::set<std::string>* ids, Configuration* configuration);
void ReadImageTagRule(Section& section, std::set<std::string>* ids, Configuration* configuration);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CONFIGURATION_RULES_H_
