// From the stored payloads of one object to what it is. Pure: the order of payloads and duplicates among them change nothing. The rules are in
// docs/definitions.md, "From observations to facts". Payloads are canonical (natural_key.h); one that cannot be parsed is ignored.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_FOLD_H_
#define HEADWAY_AGGREGATOR_PROJECTION_FOLD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/image_tags.h"
#include "aggregator/projection/revision_clues.h"
#include "aggregator/projection/stream_facts.h"
#include "headway/v1/observation.pb.h"

namespace headway {

using Payloads = absl::Span<const std::string>;

// A deployment before it is mapped. Mapping (mapping.h) gives its entity; environment rules the environment and tier.
struct FoldedDeployment {
  bool exists = false;  // false: withdrawn, a dry run, or nothing observed
  DeploymentFact
      fact;  // environment = raw_environment and tier kNone until the rules are applied; repository as observed
  RevisionClues clues;          // by which ResolveRevision finds what the fact leaves open
  std::string raw_environment;  // as the source calls it
  std::string own_entity_ref;   // as the source names it, normalised; empty: mappings decide
  absl::Time mapped_at;         // the time that decides which mapping holds: finished_at, for a pending one the start
};
FoldedDeployment FoldDeployment(Payloads payloads);

// A pull request. fact is complete but for touches_entity (TouchesPaths in mapping.h decides).
struct FoldedChange {
  bool exists = false;  // something was observed
  bool merged = false;  // only then it is a fact
  ChangeFact fact;
  std::optional<std::vector<std::string>> paths;  // absent: not known
  absl::Time updated;                             // version
};
FoldedChange FoldChange(Payloads payloads);

// An incident. fact.environment = raw_environment and tier kProduction until the rules are applied.
struct FoldedIncident {
  bool exists = false;
  IncidentFact fact;
  std::string raw_environment;                    // empty: production
  std::vector<std::string> affected_entity_refs;  // normalised, sorted, unique; aliases not resolved
  std::string merged_into;                        // not empty: counts nowhere, affects no entity
};
FoldedIncident FoldIncident(Payloads payloads);

struct EntityRepository {
  std::string name;
  std::vector<std::string> path_prefixes;  // sorted, unique, without slashes at the ends; empty: all paths
  bool operator==(const EntityRepository&) const = default;
};

struct EntityDeclarationFact {
  bool exists = false;
  std::string entity_ref;                      // normalised
  std::vector<EntityRepository> repositories;  // sorted by name, unique
  std::vector<std::string> aliases;            // normalised, sorted, unique
  std::string title;
  std::string image;  // annotation headway.dev/image
  bool deleted = false;
  Labels annotations;
  std::string owner_ref;  // normalised, as all below; empty: nobody
  std::vector<std::string> part_of_refs;
  std::vector<std::string> parent_refs;
  std::vector<std::string> member_of_refs;
};
EntityDeclarationFact FoldEntity(
    Payloads payloads);  // what its sources say, united: docs/definitions.md, "Declarations"

struct StreamMappingFact {
  bool exists = false;
  std::string source;
  std::string id;
  std::string stream;
  std::string entity_ref;  // normalised
  absl::Time since;        // InfinitePast: always
  bool deleted = false;
};
StreamMappingFact FoldStreamMapping(Payloads payloads);

struct EnvironmentRuleFact {
  bool exists = false;
  std::string id;
  std::string match;
  std::string name;  // empty: the same
  Tier tier = Tier::kNone;
  bool deleted = false;
  int64_t order = 0;
  std::optional<StreamSelectorFact> where;  // in place of match

  bool operator==(const EnvironmentRuleFact&) const = default;
};
EnvironmentRuleFact FoldEnvironmentRule(Payloads payloads);

ImageTagRuleFact FoldImageTagRule(Payloads payloads);

// What an image was built from. Each observation stands by itself.
struct ArtefactFact {
  bool exists = false;
  ImageName image;  // as far as it is known: a digest, a tag, or both
  std::string repository;
  std::string revision;
  absl::Time published_at;
};
ArtefactFact FoldArtefact(Payloads payloads);

struct SourceStatusFact {
  bool exists = false;
  std::string source;
  v1::SourceStatus::Covers covers = v1::SourceStatus::COVERS_UNSPECIFIED;
  absl::Time complete_until;
  std::vector<std::string> entity_refs;  // normalised, sorted, unique; aliases not resolved
};
SourceStatusFact FoldSourceStatus(Payloads payloads);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_FOLD_H_
