// Deployments at the end of a time line, derived by lookups alone: what runs in their stream, and what ran of the same identity. Gives exactly what
// DeriveStored gives, at a cost that does not grow with the entity's history. Pure; the lookups are an interface of the caller's.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_APPEND_H_
#define HEADWAY_AGGREGATOR_ROLLUP_APPEND_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/rollup/entity_patch.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

// An entity and what is known of its past; grows with what is appended.
struct TimelineTail {
  std::string entity_ref;
  std::vector<std::string> repositories;  // declared; none of them has a commit
  TimelineEnd end;
  std::map<std::pair<std::string, std::string>, StreamHead> heads;           // by (environment, stream)
  absl::flat_hash_map<Identity, std::vector<StoredDeployment>> by_identity;  // of the identities that were asked for
};

// What appending writes.
struct Appended {
  std::vector<StoredDeployment> deployments;
  std::vector<ObjectKey> replaced;  // pending before; their rows go
  std::vector<FailureRow> failures;
  std::vector<ReworkRow> rework;
  std::vector<AwaitedCommit> awaited;
  std::vector<std::pair<std::string, std::string>> streams;  // whose heads are new
};

// True if all that the patch holds sorts after everything of the entity, and nothing of the entity looks forward to it: no later incident, no link.
// Neither says anything about graphs: an entity of which a declared repository has commits cannot be appended to.
bool CanAppend(const LockedEntity& entity, const EntityPatch& patch);

// The identities of what is appended, which must be in by_identity before Append (empty where nothing runs them).
std::vector<Identity> IdentitiesOf(const EntityPatch& patch, const std::vector<std::string>& repositories);
// Of these entities' streams, those running identities that must be there as well, since something comes back that ran before.
std::vector<Identity> RunningIdentities(const TimelineTail& tail);
// True if one of the appended identities ran before or comes twice: then RunningIdentities are needed.
bool ComesBack(const EntityPatch& patch, const TimelineTail& tail);

// Appends in the order of the time line.
Appended Append(const EntityPatch& patch, TimelineTail* tail);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_APPEND_H_
