// Backstage's entity refs.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_ENTITY_REF_H_
#define HEADWAY_AGGREGATOR_PROJECTION_ENTITY_REF_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace headway {

// "kind:namespace/name" in lower case, with namespace "default" where the ref has none. Nothing where it is no ref: a kind and a name are required,
// none of the three may be empty or hold white space, control characters, ":" or "/", and all of it, with the namespace, has at most 512 bytes.
std::optional<std::string> NormaliseEntityRef(absl::string_view ref);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_ENTITY_REF_H_
