// Deployments at the end of a time line, derived by lookups alone: what runs in their stream, and what ran of the same identity. Gives exactly what
// DeriveStored gives, at a cost that does not grow with the entity's history. Pure; the lookups are the caller's.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_APPEND_H_
#define HEADWAY_AGGREGATOR_ROLLUP_APPEND_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/gaps.h"
#include "aggregator/projection/reach.h"
#include "aggregator/rollup/entity_patch.h"
#include "aggregator/store/append_store.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

// An entity and what is known of its past; grows with what is appended.
struct TimelineTail {
  std::string entity_ref;
  TimelineEnd end;
  Reach reach;
  std::map<StreamName, StreamHead> heads;
  absl::flat_hash_map<Identity, std::vector<StoredDeployment>> by_identity;  // of the identities that were asked for
  std::map<NumberedStream, NumberedDeployment> last_numbered;                // of the streams of numbered deployments
};

// A commit that an appended deployment is the first to ship. Roll-out and counted_at are those of the deployment.
struct ShippedCommit {
  std::string repository;
  std::string sha;
  ObjectKey by;
  absl::Time finished;
  ObjectKey roll_out;
  absl::Time counted_at;
};

// What appending writes.
struct Appended {
  std::vector<StoredDeployment> deployments;
  std::vector<ObjectKey> replaced;  // pending before; their rows go
  std::vector<FailureRow> failures;
  std::vector<ReworkRow> rework;
  std::vector<GapRow> gaps;
  std::vector<AwaitedCommit> awaited;
  std::vector<StreamName> streams;  // whose heads are new
  std::vector<ShippedCommit> shipped;
  std::vector<ChangeRow> changes;  // shipped now
  bool takes_over = false;         // a stream is told of by another source from now on
  // What is shipped says something of what was shipped before, or the first commits ship: the entity is to be derived whole.
  bool whole = false;
};

// How a patch may be brought in.
enum class Fit {
  kAppend,  // all that it holds sorts after everything of the entity, and nothing of the entity looks forward to it: no later incident, no open link
  kRewind,  // the same, but that some of it belongs before the end (rewind.h), or moves what finished to later
  kWhole,   // only by deriving the entity whole
};
Fit FitOf(const LockedEntity& entity, const EntityPatch& patch);

// The identities of what is appended, which must be in by_identity before Append (empty where nothing runs them).
std::vector<Identity> IdentitiesOf(const EntityPatch& patch, const Reach& reach);
// Of these entities' streams, those running identities that must be there as well, since something comes back that ran before.
std::vector<Identity> RunningIdentities(const TimelineTail& tail);
// The streams of what is numbered, now or before. Of an entity's, last_numbered must be there before Append where there is one.
std::vector<NumberedStream> NumberedStreamsOf(const EntityPatch& patch);
// True if one of the appended identities ran before or comes twice: then RunningIdentities are needed.
bool ComesBack(const EntityPatch& patch, const TimelineTail& tail);

// Appends in the order of the time line. Sets all but `changes`.
Appended Append(const EntityPatch& patch, TimelineTail* tail);
// Ships the changes that were merged by what Append ships.
void ShipChanges(const std::vector<UnshippedChange>& unshipped, Appended* appended);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_APPEND_H_
