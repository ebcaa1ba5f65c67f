// An entity as a catalog states it, cut down to what Headway uses: the common form of Backstage's answers and of catalog-info.yaml files.
#ifndef HEADWAY_INGESTER_CATALOG_ENTITY_H_
#define HEADWAY_INGESTER_CATALOG_ENTITY_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway::catalog {

struct Entity {
  std::string kind;        // as written
  std::string name_space;  // empty: default
  std::string name;
  std::string title;
  std::string type;                                // spec.type
  std::map<std::string, std::string> annotations;  // only those that KeepsAnnotation keeps

  // What the entity itself says (spec); references as written.
  std::string owner;
  std::string system;
  std::string domain;
  std::string subdomain_of;
  std::string subcomponent_of;
  std::string parent;
  std::vector<std::string> children;
  std::vector<std::string> members;
  std::vector<std::string> member_of;

  // What a catalog made of all entities together: (type, reference). Where it did, this holds in place of the fields above.
  bool has_relations = false;
  std::vector<std::pair<std::string, std::string>> relations;
};

// The annotations that sources are mapped by, and Headway's own. Others are not kept: they may hold anything.
bool KeepsAnnotation(absl::string_view name);

// The kinds that say who owns what and what is part of what. Others (Location, Template, ...) are left out. In any case of letters.
bool KeepsKind(absl::string_view kind);

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_ENTITY_H_
