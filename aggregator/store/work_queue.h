// What waits to be derived: items of raw.work_items (and of what rules enqueue), taken under the lock of their unit, so that one worker at a time works on
// an object, and each step sees what was committed before it. Within a transaction of Connection (READ COMMITTED); throws what libpqxx throws.
//
// A worker takes items (which locks their units and deletes them), then reads the inputs, computes, writes, and commits all of it at once. What commits
// after the reading has an item of its own, which waits.
#ifndef HEADWAY_AGGREGATOR_STORE_WORK_QUEUE_H_
#define HEADWAY_AGGREGATOR_STORE_WORK_QUEUE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/natural_key.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// An object with new observations, with all its payloads as of now. Of commits only the repository is told.
struct WorkObject {
  int64_t unit = 0;
  ObservationKind kind = ObservationKind::kDeployment;
  int64_t stream_id = 0;
  ObjectKey key;
  std::string repository;  // of commits
  bool revised = false;    // commits: one replaced another
  std::vector<std::string> payloads;
  std::vector<std::array<uint8_t, 16>> payload_keys;  // of statuses of sources, parallel to payloads; else empty
};

enum class Lane {
  kLive,   // raw.work_items
  kRules,  // dora.object_work: what rules move, behind live work
};

// Which share of the units this worker takes first, so that several do not contend for the same ones.
struct WorkShare {
  int worker = 0;
  int workers = 1;
};

// What is worked on in transactions of its own, because it takes its locks in an order of its own.
enum class WorkClass { kFacts, kCommits, kArtefacts, kManifests, kRules };
WorkClass ClassOf(ObservationKind kind);

// Objects of at most `limit` items whose units nobody else holds, all of the class of the oldest, each once, sorted by (kind, key). more: there is more.
// Items numbered below from_item are not looked at.
struct TakenObjects {
  WorkClass work_class = WorkClass::kFacts;
  std::vector<WorkObject> objects;
  std::optional<int64_t> first_item;  // the least number that was looked at and waits, or waited
  bool more = false;
};
TakenObjects TakeObjects(pqxx::transaction_base& tx, Lane lane, int limit, WorkShare share, int64_t from_item);
// Reads the payloads of those objects; after what they depend on is locked.
void ReadPayloads(pqxx::transaction_base& tx, std::vector<WorkObject>* objects);

// Locks every unit against workers, but not against others that share them in the same way. Waits for the workers.
void ShareAllUnits(pqxx::transaction_base& tx);

// Every object in the order of (stream, key), a piece at a time; payloads included. Starts after `after` (nothing: from the start). At most some limit rows.
struct ObjectPiece {
  std::vector<WorkObject> objects;  // whole ones; none: there is nothing more
};
ObjectPiece ScanObjects(pqxx::transaction_base& tx, const WorkObject* after, int limit);
// What catalog, rules and streams say, in the same way; of artefacts, which may be many, nothing.
std::vector<WorkObject> ScanRules(pqxx::transaction_base& tx, const WorkObject* after, int limit);
// Every entity that has a row.
std::vector<std::string> ScanEntities(pqxx::transaction_base& tx);

// Entities that wait, most urgent first; deletes their items. Those that another worker holds are left. The entities are locked.
struct TakenEntities {
  std::vector<std::string> entity_refs;
  bool more = false;
};
TakenEntities TakeEntities(pqxx::transaction_base& tx, int limit);

// Deletes the items of these entities: who calls this derives them now, from what is read after it.
void ForgetWaiting(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs);

// Behind live work: the entities that were derived by another version of the rules than this program's.
void EnqueueOutdated(pqxx::transaction_base& tx, int derivation_version);

// Urgent: an event came. Otherwise a rule changed.
void EnqueueEntities(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs, bool urgent);

// Deployments that are to be folded again, whose revision may be found or lost now.
void EnqueueDeployments(pqxx::transaction_base& tx, Lane lane, const std::vector<ObjectKey>& deployments);

// The lock that keeps rules still while objects are mapped (shared), and everybody else out while rules change (exclusive).
void LockRules(pqxx::transaction_base& tx, bool exclusive);

// Settings of every worker transaction: plans that stay the same however large the tables are.
void PrepareWorkerTransaction(pqxx::transaction_base& tx);

// Sets a unit or entity aside after a failure, for a time that doubles with each attempt (at most an hour). kind: "unit" or "entity".
void Park(pqxx::transaction_base& tx, const std::string& kind, const std::string& unit, const absl::Status& error);
// What was set aside and has now been done.
void Unpark(pqxx::transaction_base& tx, const std::string& kind, const std::vector<std::string>& units);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_WORK_QUEUE_H_
