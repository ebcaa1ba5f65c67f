// What belongs where: rule sets applied to folded facts. Pure; built once, then read by any number of threads.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_MAPPING_H_
#define HEADWAY_AGGREGATOR_PROJECTION_MAPPING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/fold.h"

namespace headway {

// Environment names and tiers by name. The least id among the rules that match exactly decides; without one the name stays and usual names give the tier.
// Rules with a selector are the stream resolver's (stream_resolver.h), which is asked before these.
class EnvironmentRules {
 public:
  struct Environment {
    std::string name;
    Tier tier = Tier::kNone;
    bool operator==(const Environment&) const = default;
  };

  EnvironmentRules() = default;
  explicit EnvironmentRules(absl::Span<const EnvironmentRuleFact> rules);

  Environment Resolve(absl::string_view name) const;
  // The tier of an environment by its own name (after the rules): what the first rule that gives this name says, those with a selector before the others;
  // else the usual one; else that of a rule whose template could give it.
  Tier TierOf(absl::string_view name) const;
  // Sets environment and tier from raw_environment. An incident without an environment stays production's.
  void Apply(FoldedDeployment& deployment) const;
  void Apply(FoldedIncident& incident) const;

 private:
  struct Rule {
    std::string id;
    Environment to;
  };
  absl::flat_hash_map<std::string, Rule> by_match_;
  absl::flat_hash_map<std::string, Rule> by_name_;
  // Of rules with a selector, by (order, id): what they name, which may hold "${name}".
  std::vector<Environment> selected_;
};

// The tier that a name has without a rule.
Tier TierOfUsualName(absl::string_view name);

// Names that entities had before.
class EntityAliases {
 public:
  EntityAliases() = default;
  explicit EntityAliases(absl::Span<const EntityDeclarationFact> entities);

  // The entity that declares this ref as an alias (the least, if several do), else the ref itself.
  std::string Resolve(absl::string_view normalised_ref) const;

 private:
  absl::flat_hash_map<std::string, std::string> by_alias_;
};

// Streams of sources to entities.
class StreamMappings {
 public:
  StreamMappings() = default;
  explicit StreamMappings(absl::Span<const StreamMappingFact> mappings);

  // The entity that the stream maps to at that time; empty: unmapped. Aliases are not resolved.
  std::string EntityOf(absl::string_view source, absl::string_view stream, absl::Time at) const;

 private:
  struct Entry {
    absl::Time since;
    std::string id;
    std::string entity_ref;
  };
  // By (source, stream); sorted by (since, id).
  absl::flat_hash_map<std::pair<std::string, std::string>, std::vector<Entry>> by_stream_;
};

// The entity that a deployment belongs to: its own ref, else the mapping's; aliases resolved. Empty: unmapped.
std::string EntityOf(const FoldedDeployment& deployment, const StreamMappings& mappings, const EntityAliases& aliases);
// The entities that an incident affects, aliases resolved, sorted, unique. None for one that was merged into another.
std::vector<std::string> EntitiesOf(const FoldedIncident& incident, const EntityAliases& aliases);

// True if one of the paths is one of the prefixes or lies below one (whole segments), if there are no prefixes, or if the paths are not known.
bool TouchesPaths(absl::Span<const std::string> prefixes, const std::optional<std::vector<std::string>>& paths);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_MAPPING_H_
