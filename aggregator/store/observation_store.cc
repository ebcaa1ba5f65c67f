#include "aggregator/store/observation_store.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregator/store/array_literal.h"

namespace headway {
namespace {

// Keys and payloads come as two byte strings that are cut here: some 20 % faster than arrays of hexadecimal text, and half the bytes on the wire. Rows
// come in the order of the key, so that two transactions with the same records wait for each other instead of deadlocking.
constexpr char kInsert[] = R"sql(
WITH stored AS (
  INSERT INTO raw.observations (stream_id, object_key, payload_key, kind, payload)
  SELECT stream_id, substring($3::bytea FROM (n * 32 - 31)::int FOR 16), substring($3::bytea FROM (n * 32 - 15)::int FOR 16), kind,
         substring($4::bytea FROM first_byte FOR size)
  FROM unnest($1::bigint[], $2::smallint[], $5::int[], $6::int[]) WITH ORDINALITY AS input (stream_id, kind, first_byte, size, n)
)sql";
constexpr char kQueue[] = R"sql(
  RETURNING stream_id, object_key, kind
), queued AS (
  INSERT INTO raw.work_items (unit, kind, stream_id, object_key) SELECT stream_id, kind, stream_id, object_key FROM stored
)
SELECT count(*) FROM stored
)sql";

const std::string& AppendObservationsSql() {
  static const std::string* sql = new std::string(absl::StrCat(kInsert, "ON CONFLICT DO NOTHING", kQueue));
  return *sql;
}
// Fails where a record is there already, or twice in the batch.
const std::string& AppendNewObservationsSql() {
  static const std::string* sql = new std::string(absl::StrCat(kInsert, kQueue));
  return *sql;
}

// Of two observations of one commit one that knows the paths holds, then the one with the greater hash, whichever came first.
constexpr char kAppendCommits[] = R"sql(
WITH stored AS (
  INSERT INTO dora.commits AS known (repository, sha, parents, authored_at, committed_at, paths, reverts, cherry_picked_from, content_hash)
  SELECT repository, sha, parents, authored_at, committed_at, paths::text[], reverts::bytea[], cherry_picked_from::bytea[], content_hash
  FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bytea[])
    AS input (repository, sha, parents, authored_at, committed_at, paths, reverts, cherry_picked_from, content_hash)
  ON CONFLICT (repository, sha) DO UPDATE
  SET parents = excluded.parents, authored_at = excluded.authored_at, committed_at = excluded.committed_at, paths = excluded.paths,
      reverts = excluded.reverts, cherry_picked_from = excluded.cherry_picked_from, content_hash = excluded.content_hash, seq = excluded.seq
  WHERE (known.paths IS NOT NULL, known.content_hash) < (excluded.paths IS NOT NULL, excluded.content_hash)
  RETURNING repository
), queued AS (
  INSERT INTO raw.work_items (unit, kind, stream_id, subject)
  SELECT stream_id, 2, stream_id, repository
  FROM unnest($10::bigint[], $11::text[]) AS changed (stream_id, repository)
  WHERE repository IN (SELECT repository FROM stored)
)
SELECT count(*) FROM stored
)sql";

absl::string_view Bytes(absl::Span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

int64_t Micros(const google::protobuf::Timestamp& time) { return time.seconds() * 1'000'000 + time.nanos() / 1'000; }

std::vector<std::string> List(const google::protobuf::RepeatedPtrField<std::string>& list) {
  return {list.begin(), list.end()};
}

auto KeyOf(const PreparedObservation& o) { return std::tie(o.stream_id, o.object_key, o.payload_key); }

int64_t AppendObservations(pqxx::transaction_base& tx, const char* statement,
                           std::vector<const PreparedObservation*>& batch) {
  std::sort(batch.begin(), batch.end(), [](auto* a, auto* b) { return KeyOf(*a) < KeyOf(*b); });
  std::vector<int64_t> streams, kinds, first_bytes, sizes;
  std::string keys, payloads;
  for (const PreparedObservation* one : batch) {
    streams.push_back(one->stream_id);
    kinds.push_back(static_cast<int64_t>(one->kind));
    first_bytes.push_back(static_cast<int64_t>(payloads.size()) + 1);
    sizes.push_back(static_cast<int64_t>(one->payload.size()));
    absl::StrAppend(&keys, Bytes(one->object_key.bytes), Bytes(one->payload_key));
    payloads += one->payload;
  }
  return tx
      .exec_prepared1(statement, IntegerArrayLiteral(streams), IntegerArrayLiteral(kinds), pqxx::binarystring(keys),
                      pqxx::binarystring(payloads), IntegerArrayLiteral(first_bytes), IntegerArrayLiteral(sizes))[0]
      .as<int64_t>();
}

// The columns of one batch of commits, as array literals.
struct CommitColumns {
  std::vector<std::string> repositories, shas, parents, hashes, reverts, cherry_picks;
  std::vector<std::optional<std::string>> paths;
  std::vector<int64_t> authored, committed;
  std::map<std::string, int64_t> changed;  // repository -> stream_id

  void Add(const v1::Commit& commit, absl::string_view hash, int64_t stream_id) {
    repositories.push_back(commit.repository());
    shas.push_back(HexBytea(commit.sha()));
    parents.push_back(HexBytea(absl::StrJoin(commit.parents(), "")));
    authored.push_back(Micros(commit.authored_at()));
    committed.push_back(Micros(commit.committed_at()));
    paths.push_back(commit.has_paths() ? std::make_optional(TextArrayLiteral(List(commit.paths().paths())))
                                       : std::nullopt);
    reverts.push_back(HexByteaArrayLiteral(List(commit.reverts())));
    cherry_picks.push_back(HexByteaArrayLiteral(List(commit.cherry_picked_from())));
    hashes.push_back(BytesBytea(hash));
    changed.emplace(commit.repository(), stream_id);
  }
};

int64_t AppendCommits(pqxx::transaction_base& tx, const std::vector<const PreparedObservation*>& batch) {
  // The hash leaves the source out: two sources that tell the same of a commit tell one thing. One that knows the paths tells more.
  using Telling = std::pair<std::pair<bool, Sha256Digest>, const PreparedObservation*>;
  std::map<std::pair<absl::string_view, absl::string_view>, Telling> by_id;
  for (const PreparedObservation* one : batch) {
    const auto rank = std::make_pair(one->commit->has_paths(), ContentHash(one->commit->SerializeAsString()));
    auto [known, is_new] = by_id.try_emplace({one->commit->repository(), one->commit->sha()}, rank, one);
    if (!is_new && known->second.first < rank) known->second = {rank, one};
  }
  CommitColumns columns;
  for (const auto& [id, one] : by_id) columns.Add(*one.second->commit, Bytes(one.first.second), one.second->stream_id);
  std::vector<std::string> repositories;
  std::vector<int64_t> streams;
  for (const auto& [repository, stream] : columns.changed) {
    repositories.push_back(repository);
    streams.push_back(stream);
  }
  return tx
      .exec_prepared1("append_commits", TextArrayLiteral(columns.repositories), TextArrayLiteral(columns.shas),
                      TextArrayLiteral(columns.parents), IntegerArrayLiteral(columns.authored),
                      IntegerArrayLiteral(columns.committed), OptionalTextArrayLiteral(columns.paths),
                      TextArrayLiteral(columns.reverts), TextArrayLiteral(columns.cherry_picks),
                      TextArrayLiteral(columns.hashes), IntegerArrayLiteral(streams), TextArrayLiteral(repositories))[0]
      .as<int64_t>();
}

}  // namespace

absl::StatusOr<AppendResult> ObservationStore::Append(absl::Span<const PreparedObservation> batch) {
  if (guess_ != nullptr && guess_->ExpectsNew()) {
    absl::StatusOr<AppendResult> result = AppendWith("append_new_observations", batch);
    if (!absl::IsAlreadyExists(result.status())) return result;
    guess_->WasWrong();
  }
  absl::StatusOr<AppendResult> result = AppendWith("append_observations", batch);
  if (guess_ != nullptr && result.ok()) guess_->Stored(*result);
  return result;
}

absl::StatusOr<AppendResult> ObservationStore::AppendWith(const char* statement,
                                                          absl::Span<const PreparedObservation> batch) {
  std::vector<const PreparedObservation*> observations, commits;
  for (const PreparedObservation& one : batch) (one.commit.has_value() ? commits : observations).push_back(&one);
  absl::Status status = connection_.Prepare("append_observations", AppendObservationsSql());
  if (status.ok()) status = connection_.Prepare("append_new_observations", AppendNewObservationsSql());
  if (status.ok()) status = connection_.Prepare("append_commits", kAppendCommits);
  if (!status.ok()) return status;
  AppendResult result;
  status = connection_.Transact("storing observations", [&](pqxx::transaction_base& tx) {
    if (!observations.empty()) result.stored += AppendObservations(tx, statement, observations);
    if (!commits.empty()) result.stored += AppendCommits(tx, commits);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  result.duplicates = static_cast<int64_t>(batch.size()) - result.stored;
  return result;
}

}  // namespace headway
