#include "aggregator/store/append_store.h"

#include <tuple>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

// The columns of the table that is called `as`.
std::string Columns(const std::string& columns, const std::string& as) {
  const std::vector<std::string> names = absl::StrSplit(columns, ", ");
  return absl::StrCat(as, ".", absl::StrJoin(names, absl::StrCat(", ", as, ".")));
}

std::string TimeArray(const std::vector<absl::Time>& times) {
  ArrayText text;
  for (const absl::Time time : times) text.Add(TimeText(time));
  return text.Finish();
}

pqxx::result FindEvidence(pqxx::transaction_base& tx, const std::string& table, const std::string& columns,
                          const EvidenceAsked& asked) {
  if (asked.since_refs.empty()) return {};
  const std::string evidence = absl::StrCat(  // lint: sql of constants
      "CROSS JOIN LATERAL (SELECT entity_ref, ", columns, " FROM ", table, " e WHERE e.entity_ref = u.ref AND ");
  const std::string sql =  // lint: sql of constants
      absl::StrCat("SELECT e.* FROM unnest($1::text[], $2::timestamptz[]) u (ref, since) ", evidence,
                   "e.latest_at >= u.since) e UNION SELECT e.* FROM unnest($3::text[], $4::bytea[]) "
                   "u (ref, roll_out) ",
                   evidence, "e.roll_out = u.roll_out) e");
  return RunPrepared(tx, sql, TextArray(asked.since_refs), TimeArray(asked.since), TextArray(asked.roll_out_refs),
                     KeyArray(asked.roll_outs));
}

}  // namespace

std::vector<Placed<StreamHead>> LoadHeads(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs) {
  std::vector<Placed<StreamHead>> heads;
  if (entity_refs.empty()) return heads;
  const std::string sql =
      absl::StrCat("SELECT entity_ref, ", HeadColumns(), " FROM dora.stream_heads WHERE entity_ref = ANY ($1::text[])");
  for (const pqxx::row& row : RunPrepared(tx, sql, TextArray(entity_refs)))
    heads.push_back({StringOf(row[0]), DecodeHead(row, 1)});
  return heads;
}

std::vector<Placed<StoredDeployment>> FindByIdentity(pqxx::transaction_base& tx,
                                                     const std::vector<std::string>& entity_refs,
                                                     const std::vector<Identity>& identities) {
  std::vector<Placed<StoredDeployment>> found;
  if (identities.empty()) return found;
  std::vector<ObjectKey> keys;
  for (const Identity& identity : identities) keys.push_back(ObjectKey{identity});
  const std::string sql = absl::StrCat(
      "SELECT d.* FROM unnest($1::text[], $2::bytea[]) u (ref, identity) CROSS JOIN LATERAL (SELECT entity_ref, ",
      DeploymentColumns(), " FROM dora.deployments d WHERE d.entity_ref = u.ref AND d.identity = u.identity) d");
  for (const pqxx::row& row : RunPrepared(tx, sql, TextArray(entity_refs), KeyArray(keys))) {
    found.push_back({StringOf(row[0]), DecodeDeployment(row, 1)});
  }
  return found;
}

std::vector<Placed<NumberedDeployment>> FindLastNumbered(pqxx::transaction_base& tx,
                                                         const std::vector<std::string>& entity_refs,
                                                         const std::vector<std::string>& sources,
                                                         const std::vector<std::string>& streams) {
  std::vector<Placed<NumberedDeployment>> found;
  if (entity_refs.empty()) return found;
  // Those of the latest second, of which there are few; the order among them is not the database's.
  const pqxx::result rows = RunPrepared(
      tx,
      "SELECT u.ref, d.deployment_key, u.source, u.stream, d.synced, d.sequence FROM unnest($1::text[], $2::text[], "
      "$3::text[]) u (ref, source, stream) CROSS JOIN LATERAL (SELECT synced FROM dora.deployments WHERE entity_ref = "
      "u.ref AND source = u.source AND stream = u.stream AND sequence IS NOT NULL AND synced IS NOT NULL ORDER BY "
      "synced DESC LIMIT 1) l JOIN dora.deployments d ON d.entity_ref = u.ref AND d.source = u.source AND d.stream = "
      "u.stream AND d.sequence IS NOT NULL AND d.synced = l.synced WHERE d.phase <> 1",
      TextArray(entity_refs), TextArray(sources), TextArray(streams));
  absl::flat_hash_map<std::tuple<std::string, std::string, std::string>, NumberedDeployment> last;
  for (const pqxx::row& row : rows) {
    NumberedDeployment one{ParseKeyText(StringOf(row[1])),
                           StringOf(row[2]),
                           StringOf(row[3]),
                           TimeOf(row[4]),
                           row[5].as<int64_t>(),
                           false};
    const auto [it, fresh] = last.try_emplace({StringOf(row[0]), one.source, one.stream}, one);
    if (!fresh && EarlierInStream(it->second, one)) it->second = one;
  }
  for (auto& [key, one] : last) found.push_back({std::get<0>(key), std::move(one)});
  return found;
}

std::vector<Placed<StoredDeployment>> LoadFinishedSince(pqxx::transaction_base& tx,
                                                        const std::vector<std::string>& entity_refs,
                                                        const std::vector<absl::Time>& times, int limit) {
  std::vector<Placed<StoredDeployment>> found;
  const std::string sql = absl::StrCat(
      "SELECT d.* FROM unnest($1::text[], $2::timestamptz[]) u (ref, since) CROSS JOIN LATERAL (SELECT entity_ref, ",
      DeploymentColumns(),
      " FROM dora.deployments d WHERE d.entity_ref = u.ref AND d.finished >= u.since AND d.finished < 'infinity' "
      "LIMIT $3) d");
  for (const pqxx::row& row : RunPrepared(tx, sql, TextArray(entity_refs), TimeArray(times), std::to_string(limit))) {
    found.push_back({StringOf(row[0]), DecodeDeployment(row, 1)});
  }
  return found;
}

std::vector<Placed<FailureRow>> FindFailures(pqxx::transaction_base& tx, const EvidenceAsked& asked) {
  std::vector<Placed<FailureRow>> found;
  for (const pqxx::row& row : FindEvidence(tx, "dora.failures", FailureColumns(), asked)) {
    found.push_back({StringOf(row[0]), DecodeFailure(row, 1)});
  }
  return found;
}

std::vector<Placed<ReworkRow>> FindRework(pqxx::transaction_base& tx, const EvidenceAsked& asked) {
  std::vector<Placed<ReworkRow>> found;
  for (const pqxx::row& row : FindEvidence(tx, "dora.rework", ReworkColumns(), asked)) {
    found.push_back({StringOf(row[0]), DecodeRework(row, 1)});
  }
  return found;
}

std::vector<Placed<DeployedRevision>> LoadDeployedRevisions(pqxx::transaction_base& tx,
                                                            const std::vector<std::string>& entity_refs) {
  std::vector<Placed<DeployedRevision>> revisions;
  if (entity_refs.empty()) return revisions;
  for (const pqxx::row& row : RunPrepared(
           tx,
           "SELECT DISTINCT entity_ref, environment, stream, repository, source_revision, identity, kind, in_scope "
           "FROM dora.deployments WHERE entity_ref = ANY ($1::text[]) AND source_revision <> ''",
           TextArray(entity_refs))) {
    DeployedRevision revision;
    revision.environment = StringOf(row[1]);
    revision.stream = StringOf(row[2]);
    revision.repository = StringOf(row[3]);
    revision.revision = StringOf(row[4]);
    revision.identity = ParseKeyText(StringOf(row[5])).bytes;
    revision.kind = static_cast<Kind>(row[6].as<int>());
    revision.in_scope = row[7].as<bool>();
    revisions.push_back({StringOf(row[0]), std::move(revision)});
  }
  return revisions;
}

std::vector<Placed<UnshippedChange>> FindUnshipped(pqxx::transaction_base& tx, const MergeCommits& commits) {
  std::vector<Placed<UnshippedChange>> found;
  if (commits.shas.empty()) return found;
  const std::string sql = absl::StrCat(  // lint: sql of constants
      "SELECT c.entity_ref, p.hotfix, p.reverts_numbers <> '{}' OR p.reverts_shas <> '{}', ",
      Columns(ChangeColumns(), "c"),
      " FROM unnest($1::text[], $2::text[], $3::text[]) u (ref, repository, sha) JOIN dora.changes c "
      "ON c.entity_ref = u.ref AND c.merge_commit = u.sha AND c.repository = u.repository AND c.shipped_by IS NULL "
      "JOIN dora.pull_requests p ON p.repository = c.repository AND p.number = c.number");
  for (const pqxx::row& row :
       RunPrepared(tx, sql, TextArray(commits.entity_refs), TextArray(commits.repositories), TextArray(commits.shas))) {
    found.push_back({StringOf(row[0]), {DecodeChange(row, 3), row[1].as<bool>(), row[2].as<bool>()}});
  }
  return found;
}

}  // namespace headway
