#include "aggregator/store/revision_store.h"

#include <algorithm>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/sql_text.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

// Names are locked by their hash: a lock for each would not fit where a batch has many.
constexpr int kStripes = 32;

// Of what commits and artefacts set free so many go with live work; more would hold it up.
constexpr size_t kMostLive = 2000;

constexpr size_t kDigitsOfId = 64;

void Enqueue(pqxx::transaction_base& tx, const std::vector<ObjectKey>& deployments) {
  EnqueueDeployments(tx, deployments.size() <= kMostLive ? Lane::kLive : Lane::kRules, deployments);
}

std::vector<ObjectKey> KeysOf(const pqxx::result& rows) {
  std::vector<ObjectKey> keys;
  for (const pqxx::row& row : rows) keys.push_back(ParseKeyText(StringOf(row[0])));
  return keys;
}

// The least id that begins with the digits, or the greatest.
std::string Bound(const std::string& digits, char fill, size_t size) {
  return absl::StrCat("\\x", digits, std::string(std::max(size, digits.size()) - digits.size(), fill));
}

// The names by which an artefact is looked up, with what it says.
struct NamedReports {
  ArrayText names, times, repositories, revisions;
  std::vector<std::string> all_names;
};

NamedReports ReportsOf(const std::vector<ArtefactFact>& artefacts) {
  NamedReports reports;
  for (const ArtefactFact& artefact : artefacts) {
    for (const std::string& name : LookupNames(artefact.image)) {
      reports.names.Add(name);
      reports.times.Add(TimeText(artefact.published_at));
      reports.repositories.Add(artefact.repository);
      reports.revisions.Add(artefact.revision);
      reports.all_names.push_back(name);
    }
  }
  std::sort(reports.all_names.begin(), reports.all_names.end());
  reports.all_names.erase(std::unique(reports.all_names.begin(), reports.all_names.end()), reports.all_names.end());
  return reports;
}

// Names for which different commits are reported: what started before all reports has no answer, and another report gives it none.
std::set<std::string> NamesThatDiffer(pqxx::transaction_base& tx, const std::vector<std::string>& names) {
  std::set<std::string> differ;
  for (const pqxx::row& row : RunPrepared(
           tx,
           "SELECT u.name FROM unnest($1::text[]) u (name) CROSS JOIN LATERAL (SELECT repository, revision FROM "
           "dora.artefacts a WHERE a.name = u.name ORDER BY repository, revision LIMIT 1) l CROSS JOIN LATERAL "
           "(SELECT repository, revision FROM dora.artefacts a WHERE a.name = u.name ORDER BY repository DESC, "
           "revision DESC LIMIT 1) g WHERE (l.repository, l.revision) <> (g.repository, g.revision)",
           TextArray(names))) {
    differ.insert(StringOf(row[0]));
  }
  return differ;
}

void WriteManifestUses(pqxx::transaction_base& tx, const std::set<ManifestUse>& before,
                       const std::set<ManifestUse>& after) {
  TableChange table("dora.deployed_manifests",
                    {{"entity_ref", "text"},
                     {"deployment_key", "bytea"},
                     {"repository", "text"},
                     {"revision", "text"},
                     {"path", "text"}},
                    {"entity_ref", "deployment_key", "repository", "revision", "path"});
  const auto remove = [&](const ManifestUse& use) {
    table.Delete({use.entity_ref, KeyText(use.deployment), use.place.repository, use.place.revision, use.place.path});
  };
  for (const ManifestUse& use : before) {
    if (!after.contains(use)) remove(use);
  }
  for (const ManifestUse& use : after) {
    if (before.contains(use)) continue;
    remove(use);
    CopyRow row;
    row.Text(use.entity_ref).Key(use.deployment).Text(use.place.repository).Text(use.place.revision);
    table.Insert(std::move(row.Text(use.place.path)));
  }
  table.Flush(tx);
}

}  // namespace

void LockArtefactNames(pqxx::transaction_base& tx, const std::vector<std::string>& names, bool exclusive) {
  if (names.empty()) return;
  // Ordered, so that two transactions cannot wait for one another.
  RunPrepared(tx,
              absl::StrCat("SELECT pg_advisory_xact_lock", exclusive ? "" : "_shared",
                           "(1751474286, h.h) FROM (SELECT DISTINCT abs(hashtext(r) % ", kStripes,
                           ") AS h FROM unnest($1::text[]) r ORDER BY 1 OFFSET 0) h"),
              TextArray(names));
}

void AnswerPrefixes(pqxx::transaction_base& tx, const std::vector<CommitPrefix>& prefixes, RevisionAnswers* answers) {
  if (prefixes.empty()) return;
  ArrayText repositories, digits, least, greatest;
  for (const CommitPrefix& prefix : prefixes) {
    repositories.Add(prefix.repository);
    digits.Add(prefix.digits);
    least.Add(Bound(prefix.digits, '0', prefix.digits.size() + prefix.digits.size() % 2));
    greatest.Add(Bound(prefix.digits, 'f', kDigitsOfId));
  }
  // One statement, one snapshot: what is not found here is of a transaction that seen_before leaves to be compared.
  const pqxx::result rows = RunPrepared(
      tx,
      "WITH seen AS (INSERT INTO dora.prefix_repositories (repository, seen_before) SELECT r, "
      "pg_snapshot_xmin(pg_current_snapshot()) FROM (SELECT DISTINCT r FROM unnest($1::text[]) r ORDER BY 1) r ON "
      "CONFLICT DO NOTHING) "
      "SELECT u.repository, u.digits, encode(c.sha, 'hex') FROM unnest($1::text[], $2::text[], $3::bytea[], "
      "$4::bytea[]) u (repository, digits, least, greatest) CROSS JOIN LATERAL (SELECT sha FROM dora.commits c WHERE "
      "c.repository = u.repository AND c.sha >= u.least AND c.sha <= u.greatest ORDER BY c.sha LIMIT 2) c",
      repositories.Finish(), digits.Finish(), least.Finish(), greatest.Finish());
  for (const pqxx::row& row : rows) {
    answers->commits[{StringOf(row[0]), StringOf(row[1])}].push_back(StringOf(row[2]));
  }
}

void AnswerReports(pqxx::transaction_base& tx, const std::vector<std::pair<std::string, absl::Time>>& asked,
                   RevisionAnswers* answers) {
  if (asked.empty()) return;
  ArrayText names, times;
  for (const auto& [name, started] : asked) {
    names.Add(name);
    times.Add(TimeText(started));
  }
  const pqxx::result rows = RunPrepared(
      tx,
      "SELECT u.n, a.repository, a.revision, a.published_at FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY "
      "u (name, started, n) CROSS JOIN LATERAL ("
      "(SELECT repository, revision, published_at FROM dora.artefacts a WHERE a.name = u.name AND a.published_at < "
      "u.started ORDER BY published_at DESC, repository DESC, revision DESC LIMIT 1) UNION ALL "
      "(SELECT repository, revision, published_at FROM dora.artefacts a WHERE a.name = u.name ORDER BY repository, "
      "revision, published_at LIMIT 1) UNION ALL "
      "(SELECT repository, revision, published_at FROM dora.artefacts a WHERE a.name = u.name ORDER BY repository "
      "DESC, revision DESC, published_at DESC LIMIT 1)) a",
      names.Finish(), times.Finish());
  for (const pqxx::row& row : rows) {
    answers->reports[asked[row[0].as<size_t>() - 1]].push_back({StringOf(row[1]), StringOf(row[2]), TimeOf(row[3])});
  }
}

RevisionUses LoadUses(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs,
                      const std::vector<ObjectKey>& deployments) {
  RevisionUses uses;
  if (deployments.empty()) return uses;
  ArrayText keys;
  for (const ObjectKey& key : deployments) keys.Add(KeyText(key));
  const pqxx::result rows =
      RunPrepared(tx,
                  "SELECT 0, u.ref, u.key, i.name, '', '', i.started FROM unnest($1::text[], $2::bytea[]) u (ref, key) "
                  "JOIN dora.deployed_images i ON i.entity_ref = u.ref AND i.deployment_key = u.key UNION ALL "
                  "SELECT 1, u.ref, u.key, p.repository, p.digits, '', NULL FROM unnest($1::text[], $2::bytea[]) u "
                  "(ref, key) JOIN dora.deployed_prefixes p ON p.entity_ref = u.ref AND p.deployment_key = u.key UNION "
                  "ALL SELECT 2, u.ref, u.key, m.repository, m.revision, m.path, NULL FROM unnest($1::text[], "
                  "$2::bytea[]) u (ref, key) JOIN dora.deployed_manifests m ON m.entity_ref = u.ref AND "
                  "m.deployment_key = u.key",
                  TextArray(entity_refs), keys.Finish());
  for (const pqxx::row& row : rows) {
    const std::string ref = StringOf(row[1]), text = StringOf(row[3]);
    const ObjectKey key = ParseKeyText(StringOf(row[2]));
    switch (row[0].as<int>()) {
      case 0:
        uses.images.insert({ref, key, text, TimeOf(row[6])});
        break;
      case 1:
        uses.prefixes.insert({ref, key, {text, StringOf(row[4])}});
        break;
      default:
        uses.manifests.insert({ref, key, {text, StringOf(row[4]), StringOf(row[5])}});
    }
  }
  return uses;
}

void WriteUses(pqxx::transaction_base& tx, const RevisionUses& before, const RevisionUses& after) {
  const KeyColumn entity = {"entity_ref", "text"}, deployment = {"deployment_key", "bytea"};
  TableChange images("dora.deployed_images", {entity, deployment, {"name", "text"}},
                     {"entity_ref", "deployment_key", "name", "started"});
  TableChange prefixes("dora.deployed_prefixes", {entity, deployment, {"repository", "text"}, {"digits", "text"}},
                       {"entity_ref", "deployment_key", "repository", "digits"});
  for (const ImageUse& use : before.images) {
    if (!after.images.contains(use)) images.Delete({use.entity_ref, KeyText(use.deployment), use.name});
  }
  // What is inserted is deleted first: where rows of deployments were lost, those of their images may still be there.
  for (const ImageUse& use : after.images) {
    if (before.images.contains(use)) continue;
    images.Delete({use.entity_ref, KeyText(use.deployment), use.name});
    images.Insert(CopyRow().Text(use.entity_ref).Key(use.deployment).Text(use.name).Time(use.started));
  }
  for (const PrefixUse& use : before.prefixes) {
    if (after.prefixes.contains(use)) continue;
    prefixes.Delete({use.entity_ref, KeyText(use.deployment), use.prefix.repository, use.prefix.digits});
  }
  for (const PrefixUse& use : after.prefixes) {
    if (before.prefixes.contains(use)) continue;
    prefixes.Delete({use.entity_ref, KeyText(use.deployment), use.prefix.repository, use.prefix.digits});
    CopyRow row;
    row.Text(use.entity_ref).Key(use.deployment).Text(use.prefix.repository).Text(use.prefix.digits);
    prefixes.Insert(std::move(row));
  }
  images.Flush(tx);
  prefixes.Flush(tx);
  WriteManifestUses(tx, before.manifests, after.manifests);
}

void WriteArtefacts(pqxx::transaction_base& tx, const std::vector<ArtefactFact>& artefacts) {
  const NamedReports reports = ReportsOf(artefacts);
  if (reports.all_names.empty()) return;
  LockArtefactNames(tx, reports.all_names, true);
  const std::set<std::string> differ = NamesThatDiffer(tx, reports.all_names);
  ArrayText names, times, settled;
  for (const pqxx::row& row : RunPrepared(tx,
                                          "INSERT INTO dora.artefacts (name, published_at, repository, revision) "
                                          "SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[]) "
                                          "ON CONFLICT DO NOTHING RETURNING name, published_at",
                                          reports.names.Finish(), reports.times.Finish(), reports.repositories.Finish(),
                                          reports.revisions.Finish())) {
    names.Add(StringOf(row[0]));
    times.Add(TimeText(TimeOf(row[1])));
    settled.AddPlain(differ.contains(StringOf(row[0])) ? "t" : "f");
  }
  if (names.size() == 0) return;
  // Those that started between this report and the next; and those that started before all of them, unless these differed already.
  Enqueue(tx, KeysOf(RunPrepared(
                  tx,
                  "SELECT DISTINCT d.deployment_key FROM unnest($1::text[], $2::timestamptz[], $3::boolean[]) u (name, "
                  "published_at, settled) CROSS JOIN LATERAL (SELECT min(published_at) AS at FROM dora.artefacts a "
                  "WHERE a.name = u.name AND a.published_at > u.published_at) next CROSS JOIN LATERAL (SELECT "
                  "min(published_at) AS at FROM dora.artefacts a WHERE a.name = u.name) first CROSS JOIN LATERAL ("
                  "SELECT deployment_key FROM dora.deployed_images i WHERE i.name = u.name AND i.started > "
                  "u.published_at AND i.started <= coalesce(next.at, 'infinity') UNION ALL "
                  "SELECT deployment_key FROM dora.deployed_images i WHERE NOT u.settled AND i.name = u.name AND "
                  "i.started <= first.at) d",
                  names.Finish(), times.Finish(), settled.Finish())));
}

void EnqueueWhoseCommitsCame(pqxx::transaction_base& tx, const std::vector<std::string>& repositories) {
  // One statement, one snapshot: what it does not see is of a transaction that has not ended, and stays to be compared.
  Enqueue(tx, KeysOf(RunPrepared(
                  tx,
                  "WITH advanced AS (UPDATE dora.prefix_repositories SET seen_before = "
                  "pg_snapshot_xmin(pg_current_snapshot()) WHERE repository = ANY ($1::text[])), "
                  "came AS MATERIALIZED (SELECT c.repository, encode(c.sha, 'hex') COLLATE \"C\" AS sha FROM "
                  "dora.prefix_repositories r JOIN dora.commits c ON c.repository = r.repository AND c.written_by >= "
                  "r.seen_before WHERE r.repository = ANY ($1::text[])) "
                  "SELECT DISTINCT p.deployment_key FROM came c JOIN dora.deployed_prefixes p ON p.repository = "
                  "c.repository AND p.digits >= left(c.sha, 7) AND p.digits <= c.sha AND starts_with(c.sha, p.digits)",
                  TextArray(repositories))));
}

}  // namespace headway
