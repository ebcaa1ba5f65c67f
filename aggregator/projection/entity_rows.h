// What the derivation of an entity gives, and what every measure is computed from: rows of exact values with the times from which (and until which)
// their evidence holds, so that any window, as_of, time zone and read-time policy is answered from the same rows.
//
// An event at time x is known at as_of if x < as_of. Evidence [since, until) holds at as_of if since < as_of and not until < as_of.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_ENTITY_ROWS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_ENTITY_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aggregator/projection/facts.h"

namespace headway {

// See docs/definitions.md, "Kinds". Numbers are stored.
enum class Kind : uint8_t {
  kNone = 0,  // pending or failed
  kSelfHeal = 1,
  kResync = 2,
  kConfig = 3,
  kRollback = 4,
  kOutOfOrder = 5,
  kRedeploy = 6,
  kRelease = 7,
  kNotCounted = 8,  // its stream is not counted, whatever came of it
};

// True if a deployment of this kind counts.
constexpr bool IsCounted(Kind kind) { return kind >= Kind::kConfig && kind <= Kind::kRelease; }

// One deployment as derived. One row for every DeploymentFact, in every environment.
struct DeploymentRow {
  ObjectKey key;
  absl::Time started;
  absl::Time finished;  // by policy finish; InfiniteFuture while pending
  Kind kind = Kind::kNone;
  bool in_scope = false;               // in the environments asked for
  bool failed_attempt = false;         // outcome failed
  bool counts = false;                 // in scope, and its roll-out counts here
  bool has_revision = false;           // its source revision was found
  bool known_commit = false;           // it is in the commit graph
  bool truncated = false;              // what it ships is cut at a commit whose parents are not mirrored
  ObjectKey roll_out;                  // key of the roll-out's first member; zero where it is in none
  ObjectKey replaced;                  // the deployment that ran before it in its stream; zero: none
  std::array<uint8_t, 16> identity{};  // first 16 bytes of SHA-256 of what it runs

  bool operator==(const DeploymentRow&) const = default;
};

// Deployments that nobody saw, told by the running numbers of their neighbours in the stream.
struct GapRow {
  ObjectKey key;  // of the deployment after the gap
  std::string source;
  std::string stream;
  absl::Time after;       // the deployment before it was synced
  absl::Time until;       // the one after it was
  int64_t at_least = 0;   // so many are missing
  bool in_scope = false;  // as of the deployment after it

  bool operator==(const GapRow&) const = default;
};

// A merged change of the entity, and what ships it.
struct ChangeRow {
  std::string repository;
  int64_t number = 0;  // 0: a direct push, then merge_commit is its identity
  std::string merge_commit;
  std::optional<absl::Time> opened;
  std::optional<absl::Time> first_authored;
  std::optional<absl::Time> first_review;
  absl::Time merged;
  bool bot = false;
  bool baseline = false;  // in what the first deployment contains: attributed only with first_deployment = all
  ObjectKey shipped_by;   // zero: not shipped
  absl::Time shipped = absl::InfiniteFuture();  // finish of shipped_by

  bool operator==(const ChangeRow&) const = default;
};

// Under which policy first_deployment a link holds: what the first deployment contains is attributed only with "all". Numbers are stored.
enum class Attribution : uint8_t { kAlways = 0, kOnlyNone = 1, kOnlyAll = 2 };

// Numbers are stored.
enum class FailureCause : uint8_t {
  kIncidentExplicit = 1,
  kIncidentInferred = 2,
  kRollback = 3,
  kRevert = 4,
  kDegraded = 5
};

// Evidence that a roll-out failed.
struct FailureRow {
  ObjectKey roll_out;     // first member
  absl::Time counted_at;  // where the roll-out counts; InfiniteFuture: nowhere (yet)
  ObjectKey deployment;   // the member that failed
  absl::Time finished;    // of that member
  FailureCause cause = FailureCause::kIncidentExplicit;
  ObjectKey by;        // the incident; or the deployment: the rollback, what shipped the revert, or itself (degraded)
  std::string detail;  // for people and keys: revert commit sha; empty otherwise
  absl::Time since;    // evidence holds from here
  absl::Time until = absl::InfiniteFuture();  // to here: a deployment that started later took the blame over
  absl::Time begins;                          // incidents: opening; degraded: degraded_at; else finished
  absl::Time ends = absl::InfiniteFuture();   // without incidents: when it was recovered by this evidence
  Attribution attribution = Attribution::kAlways;

  bool operator==(const FailureRow&) const = default;
};

// Numbers are stored.
enum class ReworkReason : uint8_t { kRollback = 1, kHotfix = 2, kRevert = 3, kRemedy = 4 };

// Evidence that a roll-out was unplanned.
struct ReworkRow {
  ObjectKey roll_out;
  absl::Time counted_at;
  ObjectKey deployment;  // the member
  ReworkReason reason = ReworkReason::kRollback;
  std::string detail;  // "repository#number", commit sha or incident id, for people and keys
  absl::Time since;
  Attribution attribution = Attribution::kAlways;

  bool operator==(const ReworkRow&) const = default;
};

// The resolution known at as_of, or nothing while it is open then.
std::optional<absl::Time> ResolvedAt(const std::vector<Resolution>& resolutions, absl::Time as_of);

// An incident of the entity. One out of scope is here because an explicit link of it may blame a deployment in scope.
struct IncidentRow {
  ObjectKey key;
  std::optional<absl::Time> opened;
  std::vector<Resolution> resolutions;
  bool in_scope = false;
  bool has_link = false;  // names a cause: never inferred

  bool operator==(const IncidentRow&) const = default;
  std::optional<absl::Time> ResolvedAt(absl::Time as_of) const;
};

// Everything. Order: deployments by (finished, key); gaps by (until, key); changes by (shipped, merged, repository, number, merge_commit); failures by (since, roll_out,
// deployment, cause, by, detail); rework by (since, roll_out, deployment, reason, detail); incidents by (opened, key).
struct EntityRows {
  std::vector<DeploymentRow> deployments;
  std::vector<GapRow> gaps;
  std::vector<ChangeRow> changes;
  std::vector<FailureRow> failures;
  std::vector<ReworkRow> rework;
  std::vector<IncidentRow> incidents;
  bool open_links = false;  // an incident names a cause or remedy that no deployment is or ships

  bool operator==(const EntityRows&) const = default;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_ENTITY_ROWS_H_
