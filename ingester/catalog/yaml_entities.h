// Entities from the text of a catalog-info.yaml. Pure.
#ifndef HEADWAY_INGESTER_CATALOG_YAML_ENTITIES_H_
#define HEADWAY_INGESTER_CATALOG_YAML_ENTITIES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "ingester/catalog/entity.h"

namespace headway::catalog {

// Something in the text that cannot be taken.
struct YamlEntityFault {
  int line = 0;
  std::string reason;  // "metadata.name: is required"
};

// Where a Location says that more is to be read.
struct LocationTarget {
  int line = 0;
  std::string target;  // as written
};

// What a file holds. One document at fault does not hinder the others; text that is no YAML gives nothing but the fault.
struct YamlEntities {
  std::vector<Entity> entities;  // those of kinds that are kept
  std::vector<LocationTarget> targets;
  std::vector<YamlEntityFault> faults;
};

// Decodes all documents of a file. A file has at most 1 MiB.
YamlEntities DecodeYamlEntities(absl::string_view text);

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_YAML_ENTITIES_H_
