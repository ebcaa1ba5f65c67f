// How people name entities in a catalog, and their one normal form.
#ifndef HEADWAY_INGESTER_CATALOG_ENTITY_REFERENCE_H_
#define HEADWAY_INGESTER_CATALOG_ENTITY_REFERENCE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace headway::catalog {

// "[kind:][namespace/]name" to "kind:namespace/name" in lower case; what is left out is taken from the context. Nothing where a part is empty, holds white space,
// ":" or "/", or the whole is longer than 512 bytes. Pure.
std::optional<std::string> ParseReference(absl::string_view text, absl::string_view default_kind,
                                          absl::string_view default_namespace = "default");

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_ENTITY_REFERENCE_H_
