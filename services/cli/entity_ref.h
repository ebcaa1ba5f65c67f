// How people name an entity.
#ifndef HEADWAY_SERVICES_CLI_ENTITY_REF_H_
#define HEADWAY_SERVICES_CLI_ENTITY_REF_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace headway {

// "Component:Payments" -> "component:default/payments". INVALID_ARGUMENT: it is no "kind:namespace/name".
absl::StatusOr<std::string> ParseEntityRef(absl::string_view text);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_ENTITY_REF_H_
