// What appending deployments looks up instead of the history. Within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_APPEND_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_APPEND_STORE_H_

#include <string>
#include <vector>

#include "aggregator/projection/gaps.h"
#include "aggregator/store/stored_entity.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Streams of these entities. In no order.
std::vector<Placed<StreamHead>> LoadHeads(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs);

// Every deployment of the entity that runs the identity (parallel arrays, pairs unique). In no order.
std::vector<Placed<StoredDeployment>> FindByIdentity(pqxx::transaction_base& tx,
                                                     const std::vector<std::string>& entity_refs,
                                                     const std::vector<Identity>& identities);

// The last numbered deployment of each stream (source, stream) of an entity (parallel arrays), by (synced, sequence, key). In no order.
std::vector<Placed<NumberedDeployment>> FindLastNumbered(pqxx::transaction_base& tx,
                                                         const std::vector<std::string>& entity_refs,
                                                         const std::vector<std::string>& sources,
                                                         const std::vector<std::string>& streams);

// What finished at or after these times (parallel arrays, refs unique), pending ones not among it; of each entity at most `limit`. In no order.
std::vector<Placed<StoredDeployment>> LoadFinishedSince(pqxx::transaction_base& tx,
                                                        const std::vector<std::string>& entity_refs,
                                                        const std::vector<absl::Time>& times, int limit);

// Evidence that tells of something since a time, and evidence about roll-outs.
struct EvidenceAsked {
  std::vector<std::string> since_refs;
  std::vector<absl::Time> since;  // parallel
  std::vector<std::string> roll_out_refs;
  std::vector<ObjectKey> roll_outs;  // parallel
};
// Each once, in no order.
std::vector<Placed<FailureRow>> FindFailures(pqxx::transaction_base& tx, const EvidenceAsked& asked);
std::vector<Placed<ReworkRow>> FindRework(pqxx::transaction_base& tx, const EvidenceAsked& asked);

// A revision that was deployed, once for each stream and kind.
struct DeployedRevision {
  std::string environment;
  std::string stream;
  std::string repository;  // as observed
  std::string revision;
  Identity identity{};
  Kind kind = Kind::kNone;
  bool in_scope = false;
};
// Those of the entities, in no order. The one statement here whose cost grows with the history.
std::vector<Placed<DeployedRevision>> LoadDeployedRevisions(pqxx::transaction_base& tx,
                                                            const std::vector<std::string>& entity_refs);

// A merged change that nothing ships yet.
struct UnshippedChange {
  ChangeRow row;
  bool hotfix = false;
  bool says_revert = false;  // it names what it reverts
};
// Which commit of which entity's repository.
struct MergeCommits {
  std::vector<std::string> entity_refs;
  std::vector<std::string> repositories;  // parallel
  std::vector<std::string> shas;          // parallel
};
// The unshipped changes that these commits merged. In no order.
std::vector<Placed<UnshippedChange>> FindUnshipped(pqxx::transaction_base& tx, const MergeCommits& commits);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_APPEND_STORE_H_
