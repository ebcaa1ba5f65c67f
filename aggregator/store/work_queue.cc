#include "aggregator/store/work_queue.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/sql_text.h"

namespace headway {
namespace {

// Low byte of the unit: which row of dora.unit_locks stands for it.
int StripeOf(int64_t unit) { return static_cast<int>(unit & 255); }

struct Item {
  int64_t id;
  int64_t unit;
  WorkClass work_class;
};

const char* TableOf(Lane lane) { return lane == Lane::kLive ? "raw.work_items" : "dora.object_work"; }

// The oldest items; of the worker's own share where there are any.
std::vector<Item> Pick(pqxx::transaction_base& tx, Lane lane, int limit, WorkShare share, int64_t from_item) {
  std::vector<Item> items;
  const auto read = [&](const std::string& condition) {
    const pqxx::result rows =
        RunPrepared(tx,
                    absl::StrCat("SELECT w.item_id, w.unit, w.kind FROM ", TableOf(lane),
                                 " w WHERE w.item_id >= $2 AND ", condition,  // lint: sql of constants
                                 " NOT EXISTS (SELECT FROM dora.parked_units p WHERE p.kind = "
                                 "'unit' AND p.unit = w.unit::text AND p.not_before > now()) "
                                 "ORDER BY w.item_id LIMIT $1"),
                    limit, from_item);
    for (const pqxx::row& row : rows) {
      items.push_back(
          {row[0].as<int64_t>(), row[1].as<int64_t>(), ClassOf(static_cast<ObservationKind>(row[2].as<int>()))});
    }
  };
  if (share.workers > 1) read(absl::StrCat("(w.unit & 255) % ", share.workers, " = ", share.worker, " AND"));
  if (items.empty()) read("");
  return items;
}

absl::flat_hash_set<int> LockStripes(pqxx::transaction_base& tx, const std::vector<Item>& items) {
  absl::flat_hash_set<int> wanted;
  for (const Item& item : items) wanted.insert(StripeOf(item.unit));
  ArrayText stripes;
  for (const int stripe : wanted) stripes.AddPlain(std::to_string(stripe));
  absl::flat_hash_set<int> locked;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT stripe FROM dora.unit_locks WHERE stripe = ANY ($1::smallint[]) ORDER BY stripe "
                   "FOR UPDATE SKIP LOCKED",
                   stripes.Finish())) {
    locked.insert(row[0].as<int>());
  }
  return locked;
}

WorkObject DecodeObject(const pqxx::row& row, Lane lane) {
  WorkObject object;
  object.unit = row[0].as<int64_t>();
  object.kind = static_cast<ObservationKind>(row[1].as<int>());
  object.stream_id = row[2].as<int64_t>();
  if (!row[3].is_null()) object.key = ParseKeyText(StringOf(row[3]));
  if (lane == Lane::kLive && object.kind == ObservationKind::kCommit) {
    object.repository = StringOf(row[4]);
    object.revised = !row[3].is_null();
    object.key = ObjectKey{};
  }
  return object;
}

// Each object once. Commits: each repository once.
void Unite(std::vector<WorkObject>* objects) {
  const auto order = [](const WorkObject& o) { return std::tie(o.kind, o.key, o.repository); };
  std::sort(objects->begin(), objects->end(), [&](const WorkObject& a, const WorkObject& b) {
    return std::make_tuple(order(a), !a.revised) < std::make_tuple(order(b), !b.revised);
  });
  objects->erase(std::unique(objects->begin(), objects->end(),
                             [&](const WorkObject& a, const WorkObject& b) { return order(a) == order(b); }),
                 objects->end());
}

}  // namespace

WorkClass ClassOf(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::kCommit:
      return WorkClass::kCommits;
    case ObservationKind::kChange:
    case ObservationKind::kDeployment:
    case ObservationKind::kIncidentEvent:
      return WorkClass::kFacts;
    case ObservationKind::kEntity:
    case ObservationKind::kStreamMapping:
    case ObservationKind::kEnvironmentRule:
    case ObservationKind::kSourceStatus:
    case ObservationKind::kStream:
    case ObservationKind::kMappingRule:
    case ObservationKind::kImageTagRule:
      break;
    case ObservationKind::kArtefact:
      return WorkClass::kArtefacts;
    case ObservationKind::kManifestRevision:
      return WorkClass::kManifests;
  }
  return WorkClass::kRules;
}

void PrepareWorkerTransaction(pqxx::transaction_base& tx) {
  tx.exec(
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off; SET LOCAL "
      "jit = off; SET LOCAL plan_cache_mode = force_generic_plan");
}

TakenObjects TakeObjects(pqxx::transaction_base& tx, Lane lane, int limit, WorkShare share, int64_t from_item) {
  TakenObjects taken;
  std::vector<Item> picked = Pick(tx, lane, limit, share, from_item);
  if (picked.empty()) return taken;
  taken.first_item = picked[0].id;
  taken.more = static_cast<int>(picked.size()) == limit;
  taken.work_class = picked[0].work_class;
  taken.more |= std::erase_if(picked, [&](const Item& item) { return item.work_class != taken.work_class; }) > 0;
  const absl::flat_hash_set<int> locked = LockStripes(tx, picked);
  ArrayText ids;
  for (const Item& item : picked) {
    if (locked.contains(StripeOf(item.unit))) ids.AddPlain(std::to_string(item.id));
  }
  if (ids.size() == 0) return taken;
  // Only what is still there: another worker may have done it between the picking and the lock.
  for (const pqxx::row& row :
       RunPrepared(tx,
                   absl::StrCat("DELETE FROM ", TableOf(lane), " WHERE item_id = ANY ($1::bigint[]) RETURNING ",
                                "unit, kind, stream_id, object_key", lane == Lane::kLive ? ", subject" : ""),
                   ids.Finish())) {
    taken.objects.push_back(DecodeObject(row, lane));
  }
  Unite(&taken.objects);
  return taken;
}

void ReadPayloads(pqxx::transaction_base& tx, std::vector<WorkObject>* objects) {
  absl::flat_hash_map<ObjectKey, WorkObject*> by_key;
  ArrayText streams;
  ArrayText keys;
  for (WorkObject& object : *objects) {
    if (object.kind == ObservationKind::kCommit) continue;
    by_key.emplace(object.key, &object);
    streams.AddPlain(std::to_string(object.stream_id));
    keys.Add(KeyText(object.key));
  }
  if (by_key.empty()) return;
  const pqxx::result rows =
      RunPrepared(tx,
                  "SELECT o.object_key, o.payload, CASE WHEN o.kind = 9 THEN o.payload_key END "
                  "FROM unnest($1::bigint[], $2::bytea[]) u (stream_id, object_key) "
                  "JOIN raw.observations o ON o.stream_id = u.stream_id AND o.object_key = u.object_key",
                  streams.Finish(), keys.Finish());
  for (const pqxx::row& row : rows) {
    const auto it = by_key.find(ParseKeyText(StringOf(row[0])));
    if (it == by_key.end()) continue;
    it->second->payloads.push_back(ParseBytesText(absl::string_view(row[1].c_str(), row[1].size())));
    if (!row[2].is_null()) it->second->payload_keys.push_back(ParseKeyText(StringOf(row[2])).bytes);
  }
}

void ShareAllUnits(pqxx::transaction_base& tx) {
  tx.exec("SELECT stripe FROM dora.unit_locks ORDER BY stripe FOR SHARE");
}

ObjectPiece ScanObjects(pqxx::transaction_base& tx, const WorkObject* after, int limit) {
  ObjectPiece piece;
  const pqxx::result rows = RunPrepared(
      tx,
      "SELECT stream_id, object_key, kind, payload FROM raw.observations WHERE (stream_id, object_key) > ($1::bigint, "
      "$2::bytea) "
      "ORDER BY stream_id, object_key, payload_key LIMIT $3",
      after == nullptr ? std::numeric_limits<int64_t>::min() : after->stream_id,
      after == nullptr ? "\\x" : KeyText(after->key), limit);
  for (const pqxx::row& row : rows) {
    const int64_t stream_id = row[0].as<int64_t>();
    const ObjectKey key = ParseKeyText(StringOf(row[1]));
    if (piece.objects.empty() || piece.objects.back().key != key || piece.objects.back().stream_id != stream_id) {
      WorkObject object;
      object.unit = object.stream_id = stream_id;
      object.kind = static_cast<ObservationKind>(row[2].as<int>());
      object.key = key;
      piece.objects.push_back(std::move(object));
    }
    piece.objects.back().payloads.push_back(ParseBytesText(absl::string_view(row[3].c_str(), row[3].size())));
  }
  // The last one may have more payloads than came.
  if (static_cast<int>(rows.size()) < limit) return piece;
  if (piece.objects.size() == 1) return ScanObjects(tx, after, limit * 4);
  piece.objects.pop_back();
  return piece;
}

std::vector<WorkObject> ScanRules(pqxx::transaction_base& tx, const WorkObject* after, int limit) {
  std::vector<WorkObject> objects;
  const pqxx::result rows = RunPrepared(tx,
                                        "SELECT stream_id, object_key, kind FROM raw.observations WHERE kind BETWEEN 6 "
                                        "AND 12 AND (stream_id, object_key) > "
                                        "($1::bigint, $2::bytea) ORDER BY stream_id, object_key LIMIT $3",
                                        after == nullptr ? std::numeric_limits<int64_t>::min() : after->stream_id,
                                        after == nullptr ? "\\x" : KeyText(after->key), limit);
  for (const pqxx::row& row : rows) {
    WorkObject object;
    object.unit = object.stream_id = row[0].as<int64_t>();
    object.key = ParseKeyText(StringOf(row[1]));
    object.kind = static_cast<ObservationKind>(row[2].as<int>());
    // Several payloads are several rows.
    if (objects.empty() || objects.back().key != object.key) objects.push_back(std::move(object));
  }
  ReadPayloads(tx, &objects);
  return objects;
}

std::vector<std::string> ScanEntities(pqxx::transaction_base& tx) {
  std::vector<std::string> refs;
  for (const pqxx::row& row : tx.exec("SELECT entity_ref FROM dora.entities ORDER BY entity_ref"))
    refs.push_back(StringOf(row[0]));
  return refs;
}

TakenEntities TakeEntities(pqxx::transaction_base& tx, int limit) {
  TakenEntities taken;
  ArrayText refs;
  const pqxx::result rows = RunPrepared(
      tx,
      "SELECT w.entity_ref FROM (SELECT entity_ref, priority, item_id FROM dora.entity_work w WHERE NOT EXISTS (SELECT "
      "FROM dora.parked_units p "
      "WHERE p.kind = 'entity' AND p.unit = w.entity_ref AND p.not_before > now()) ORDER BY priority, item_id LIMIT "
      "$1) w "
      "GROUP BY w.entity_ref ORDER BY min(w.priority), min(w.item_id)",
      limit * 20);
  taken.more = static_cast<int>(rows.size()) > limit;
  for (const pqxx::row& row : rows) {
    if (static_cast<int>(refs.size()) < limit) refs.Add(StringOf(row[0]));
  }
  if (refs.size() == 0) return taken;
  RunPrepared(tx,
              "INSERT INTO dora.entities (entity_ref) SELECT u FROM unnest($1::text[]) u WHERE NOT EXISTS "
              "(SELECT FROM dora.entities e WHERE e.entity_ref = u) ON CONFLICT DO NOTHING",
              refs.Finish());
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT entity_ref FROM dora.entities WHERE entity_ref = ANY ($1::text[]) ORDER BY entity_ref "
                   "FOR UPDATE SKIP LOCKED",
                   refs.Finish())) {
    taken.entity_refs.push_back(StringOf(row[0]));
  }
  if (!taken.entity_refs.empty()) {
    RunPrepared(tx, "DELETE FROM dora.entity_work WHERE entity_ref = ANY ($1::text[])", TextArray(taken.entity_refs));
  }
  return taken;
}

void ForgetWaiting(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs) {
  if (entity_refs.empty()) return;
  RunPrepared(tx, "DELETE FROM dora.entity_work WHERE entity_ref = ANY ($1::text[])", TextArray(entity_refs));
}

void EnqueueEntities(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs, bool urgent) {
  if (entity_refs.empty()) return;
  RunPrepared(
      tx, "INSERT INTO dora.entity_work (entity_ref, priority) SELECT u, $2 FROM unnest($1::text[]) u WHERE u <> ''",
      TextArray(entity_refs), urgent ? 0 : 1);
}

void EnqueueDeployments(pqxx::transaction_base& tx, Lane lane, const std::vector<ObjectKey>& deployments) {
  if (deployments.empty()) return;
  ArrayText keys;
  for (const ObjectKey& key : deployments) keys.Add(KeyText(key));
  // The stream of an object that is a stream of its own is the start of its key.
  RunPrepared(tx,
              absl::StrCat("INSERT INTO ", TableOf(lane),  // lint: sql of constants
                           " (unit, kind, stream_id, object_key) SELECT s.id, 4, s.id, s.key FROM (SELECT ('x' || "
                           "encode(substring(k FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS id, k AS key FROM "
                           "unnest($1::bytea[]) k) s ORDER BY s.id, s.key"),
              keys.Finish());
}

void EnqueueOutdated(pqxx::transaction_base& tx, int derivation_version) {
  RunPrepared(
      tx,
      "INSERT INTO dora.entity_work (entity_ref, priority) SELECT entity_ref, 1 FROM dora.entities e "
      "WHERE derivation_version NOT IN (0, $1) AND NOT EXISTS (SELECT FROM dora.entity_work w WHERE w.entity_ref = "
      "e.entity_ref)",
      derivation_version);
}

void LockRules(pqxx::transaction_base& tx, bool exclusive) {
  tx.exec(exclusive ? "SELECT pg_advisory_xact_lock(1751474284)" : "SELECT pg_advisory_xact_lock_shared(1751474284)");
}

void Park(pqxx::transaction_base& tx, const std::string& kind, const std::string& unit, const absl::Status& error) {
  RunPrepared(tx,
              "INSERT INTO dora.parked_units AS p (kind, unit, attempts, not_before, error) VALUES ($1, $2, 1, now() + "
              "interval '1 second', $3) "
              "ON CONFLICT (kind, unit) DO UPDATE SET attempts = p.attempts + 1, error = excluded.error, "
              "not_before = now() + least(interval '1 hour', interval '1 second' * power(2, least(p.attempts, 20)))",
              kind, unit, error.ToString());
}

void Unpark(pqxx::transaction_base& tx, const std::string& kind, const std::vector<std::string>& units) {
  if (units.empty()) return;
  RunPrepared(tx, "DELETE FROM dora.parked_units WHERE kind = $1 AND unit = ANY ($2::text[])", kind, TextArray(units));
}

}  // namespace headway
