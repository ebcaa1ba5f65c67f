// One entity as the store holds it: facts, and what was derived from them. Plain values.
#ifndef HEADWAY_AGGREGATOR_STORE_STORED_ENTITY_H_
#define HEADWAY_AGGREGATOR_STORE_STORED_ENTITY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/timeline.h"

namespace headway {

// What a source reports. Numbers equal headway.v1.SourceStatus.Covers.
enum class Covers : uint8_t { kDeployments = 1, kChanges = 2, kIncidents = 3 };

// A deployment and what was derived for it. fact.repository is as observed, or where the source revision was found.
struct StoredDeployment {
  DeploymentFact fact;
  std::string observed_environment;
  bool clues = false;  // what is found of its revisions depends on the entity's repositories
  DeploymentRow row;   // row.key equals fact.key

  bool operator==(const StoredDeployment&) const = default;
};

struct StoredIncident {
  IncidentFact fact;
  std::string observed_environment;
  bool in_scope = false;

  bool operator==(const StoredIncident&) const = default;
};

// The end of one stream; see dora.stream_heads.
struct StreamHead {
  std::string environment;
  std::string stream;
  std::string source;
  absl::Time latest_event = absl::InfinitePast();
  std::optional<ObjectKey> running;
  Identity running_identity{};
  std::vector<std::string> running_images;
  std::string running_config_revision;
  std::optional<ObjectKey> brought;

  bool operator==(const StreamHead&) const = default;
};

// A commit that is named and not known.
struct AwaitedCommit {
  std::string repository;
  std::string sha;

  auto operator<=>(const AwaitedCommit&) const = default;
};

// The latest event of one source.
struct SourceLatest {
  Covers covers = Covers::kChanges;
  std::string source;
  absl::Time latest_event;

  auto operator<=>(const SourceLatest&) const = default;
};

// What an append to the time line needs to know; columns of dora.entities.
struct TimelineEnd {
  absl::Time last_finished = absl::InfinitePast();
  absl::Time last_opening = absl::InfinitePast();
  bool open_links = false;  // an incident names what no deployment is or ships yet

  bool operator==(const TimelineEnd&) const = default;
};

// A merged change and the source that reported it.
struct StoredChange {
  ChangeFact fact;
  std::string source;
};

// An object and the entity that it lies at.
template <typename Stored>
struct Placed {
  std::string entity_ref;
  Stored stored;
};

struct StoredEntity {
  std::string entity_ref;
  int64_t version = 0;
  int derivation_version = 0;
  TimelineEnd end;

  // Facts. Repositories are the declared ones, sorted by name; changes are theirs.
  std::vector<RepositoryInput> repositories;
  std::vector<StoredDeployment> deployments;  // sorted by key; what is derived of each is in it
  std::vector<StoredIncident> incidents;      // sorted by key
  std::vector<StoredChange> merged;

  // Derived.
  std::vector<ChangeRow> changes;
  std::vector<GapRow> gaps;  // sorted by (until, key)
  std::vector<FailureRow> failures;
  std::vector<ReworkRow> rework;
  std::vector<StreamHead> heads;       // sorted by (environment, stream)
  std::vector<AwaitedCommit> awaited;  // sorted, unique
  std::vector<SourceLatest> sources;   // sorted; of changes and incidents
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_STORED_ENTITY_H_
