// The facts of one entity, as folded from observations: plain values without behaviour, shared by the projection (which derives from
// them), the store (which keeps them) and the worker (which moves them). Times are exact to the microsecond.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_FACTS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_FACTS_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace headway {

// Identity of a deployment or an incident: the first 16 bytes of SHA-256 over its natural key. Ordered as bytes.
struct ObjectKey {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const ObjectKey&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const ObjectKey& k) {
    return H::combine(std::move(h), k.bytes);
  }
};

// Numbers equal headway.v1.Tier.
enum class Tier : uint8_t { kNone = 0, kProduction = 1, kStaging = 2, kTesting = 3, kDevelopment = 4 };

// Numbers equal headway.v1.Deployment.Phase.
enum class Phase : uint8_t { kPending = 1, kSucceeded = 2, kFailed = 3 };

// Numbers equal headway.v1.Deployment.Effect. Dry runs never become facts. kNotCounted: its stream says so, whatever the deployment does.
enum class Effect : uint8_t { kChanged = 0, kSelfHeal = 1, kResync = 2, kNotCounted = 4 };

// How a source revision was found. Numbers equal headway.v1.ExplainedDeployment.RevisionFoundBy.
enum class FoundBy : uint8_t {
  kNothing = 0,
  kReported = 1,
  kOwnRepository = 2,
  kImageTag = 3,
  kArtefact = 4,
  kRenderedFrom = 5
};

// One deployment of the entity, in any environment.
struct DeploymentFact {
  ObjectKey key;
  std::string source;       // Observation.source
  std::string source_key;   // Deployment.key
  std::string environment;  // after the environment rules
  Tier tier = Tier::kNone;
  std::string stream;
  std::string repository;  // of source_revision; filled in from the entity where the source left it out
  std::string source_revision;
  std::string config_revision;
  std::vector<std::string> images;  // sorted, unique
  absl::Time started;               // InfinitePast: absent
  absl::Time synced;                // finished_at; InfiniteFuture while pending
  std::optional<absl::Time> healthy;
  std::optional<absl::Time> degraded;
  Phase phase = Phase::kPending;
  Effect effect = Effect::kChanged;
  bool automated = false;
  FoundBy found_by = FoundBy::kNothing;
  std::string unresolved;           // why there is no source revision, one of few sentences; empty: there is one
  std::string revision_evidence;    // how it was found; without one what exactly is missing
  std::optional<int64_t> sequence;  // the source's running number within the stream

  bool operator==(const DeploymentFact&) const = default;
};

// One merged change of one of the entity's repositories.
struct ChangeFact {
  std::string repository;
  int64_t number = 0;
  std::optional<absl::Time> opened;
  std::optional<absl::Time> first_authored;
  std::optional<absl::Time> first_review;
  absl::Time merged;
  std::string merge_commit;
  std::vector<std::string> commits;       // put on the base branch by the merge
  std::vector<std::string> cherry_picks;  // elsewhere
  bool bot = false;
  bool hotfix = false;
  std::vector<int64_t> reverts_numbers;  // same repository
  std::vector<std::string> reverts_shas;
  // Whether it touches the entity's paths (or its paths are not known). A change that does not is no change of the entity; it is given so that its
  // commits are not taken for direct pushes and its reverts are understood.
  bool touches_entity = true;

  bool operator==(const ChangeFact&) const = default;
};

struct CommitRef {
  std::string repository;
  std::string sha;
  bool operator==(const CommitRef&) const = default;
};
struct ChangeRef {
  std::string repository;
  int64_t number = 0;
  bool operator==(const ChangeRef&) const = default;
};
// What an incident names as its cause or remedy. ObjectKey: a deployment.
using IncidentLink = std::variant<ObjectKey, CommitRef, ChangeRef>;

// Numbers equal headway.v1.IncidentEvent.Cause.
enum class Cause : uint8_t { kUnknown = 0, kChange = 1, kNotAChange = 2 };

// An interval in which an incident was resolved: [resolved, reopened), reopened InfiniteFuture if it stayed so.
struct Resolution {
  absl::Time resolved;
  absl::Time reopened;
  bool operator==(const Resolution&) const = default;
};

// One incident that affects the entity. Merged ones never become facts of an entity.
struct IncidentFact {
  ObjectKey key;
  std::string source;
  std::string incident_id;
  std::string title;
  std::optional<absl::Time> opened;     // absent: kept, in no measure
  std::vector<Resolution> resolutions;  // in order of time, disjoint
  std::string environment;              // after the environment rules; empty: production
  Tier tier = Tier::kProduction;        // of environment
  Cause cause = Cause::kUnknown;
  std::vector<IncidentLink> caused_by;
  std::vector<IncidentLink> remedied_by;

  bool operator==(const IncidentFact&) const = default;

  // The resolution known at as_of, or nothing while it is open then.
  std::optional<absl::Time> ResolvedAt(absl::Time as_of) const;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_FACTS_H_
