#include "aggregator/store/manifest_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/sql_text.h"
#include "aggregator/store/work_queue.h"

namespace headway {
namespace {

constexpr int kStripes = 32;

// How many changes of a folder, on whatever branches, are looked at, and how far a line is walked for each. With skips as an importer tells them a walk takes
// two steps for each doubling of the depth.
constexpr int kMostCandidates = 1000;
constexpr int kMostSteps = 5000;

// Of what manifests set free so many go with live work; more would hold it up.
constexpr size_t kMostLive = 2000;

using RevisionKey = std::pair<std::string, std::string>;  // repository, revision
using Revisions = std::map<RevisionKey, ManifestRevisionFact>;

struct KeyArrays {
  ArrayText repositories, revisions;
};

KeyArrays ArraysOf(const Revisions& some) {
  KeyArrays keys;
  for (const auto& [key, fact] : some) {
    keys.repositories.Add(key.first);
    keys.revisions.Add(key.second);
  }
  return keys;
}

// What is kept of these commits.
Revisions ReadStored(pqxx::transaction_base& tx, const Revisions& of) {
  const KeyArrays keys = ArraysOf(of);
  Revisions stored;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT r.repository, r.revision, r.depth, r.parent, r.skip, r.skip_depth FROM unnest($1::text[], "
                   "$2::text[]) u (repository, revision) JOIN dora.manifest_revisions r ON r.repository = "
                   "u.repository AND r.revision = u.revision",
                   keys.repositories.Finish(), keys.revisions.Finish())) {
    ManifestRevisionFact fact;
    fact.exists = true;
    fact.repository = StringOf(row[0]);
    fact.revision = StringOf(row[1]);
    fact.depth = row[2].as<int64_t>();
    fact.parent = StringOf(row[3]);
    fact.skip = StringOf(row[4]);
    fact.skip_depth = row[5].as<int64_t>();
    stored.emplace(RevisionKey(fact.repository, fact.revision), std::move(fact));
  }
  for (const pqxx::row& row : RunPrepared(tx,
                                          "SELECT i.repository, i.revision, i.path, i.images, i.problem FROM "
                                          "unnest($1::text[], $2::text[]) u (repository, revision) JOIN "
                                          "dora.manifest_images i ON i.repository = u.repository AND i.revision = "
                                          "u.revision ORDER BY i.repository, i.revision, i.path",
                                          keys.repositories.Finish(), keys.revisions.Finish())) {
    const auto found = stored.find({StringOf(row[0]), StringOf(row[1])});
    if (found == stored.end()) continue;
    found->second.folders.push_back({StringOf(row[2]), ParseTextArray(StringOf(row[3])), StringOf(row[4])});
  }
  return stored;
}

class Difference {
 public:
  void Replace(const ManifestRevisionFact* before, const ManifestRevisionFact& after) {
    Depth(after.repository, after.depth, after.revision);
    if (before != nullptr) {
      Depth(after.repository, before->depth, after.revision);
      revisions_.Delete({before->repository, before->revision});
      for (const ManifestFolderFact& folder : before->folders)
        images_.Delete({before->repository, folder.path, std::to_string(before->depth), before->revision});
    }
    if (after.withdrawn) return;
    CopyRow row;
    row.Text(after.repository).Text(after.revision).Number(after.depth).Text(after.parent).Text(after.skip);
    revisions_.Insert(std::move(row.Number(after.skip_depth)));
    for (const ManifestFolderFact& folder : after.folders) {
      CopyRow one;
      one.Text(after.repository).Text(folder.path).Number(after.depth).Text(after.revision);
      images_.Insert(std::move(one.Text(TextArray(folder.images)).Text(folder.problem)));
    }
  }

  // Whoever looks up one of these commits, or one that is no less deep: it may come by here on its way.
  void EnqueueWhoseImagesMayDiffer(pqxx::transaction_base& tx) const {
    ArrayText repositories, depths;
    for (const auto& [repository, depth] : least_) {
      repositories.Add(repository);
      depths.AddPlain(std::to_string(depth));
    }
    std::vector<ObjectKey> deployments;
    for (const pqxx::row& row :
         RunPrepared(tx,
                     "SELECT DISTINCT d.deployment_key FROM unnest($1::text[], $2::bigint[]) u (repository, depth) "
                     "JOIN dora.deployed_manifests d ON d.repository = u.repository WHERE d.revision = ANY "
                     "($3::text[]) OR EXISTS (SELECT FROM dora.manifest_revisions r WHERE r.repository = "
                     "d.repository AND r.revision = d.revision AND r.depth >= u.depth)",
                     repositories.Finish(), depths.Finish(), changed_.Finish())) {
      deployments.push_back(ParseKeyText(StringOf(row[0])));
    }
    EnqueueDeployments(tx, deployments.size() <= kMostLive ? Lane::kLive : Lane::kRules, deployments);
  }

  void Flush(pqxx::transaction_base& tx) {
    revisions_.Flush(tx);
    images_.Flush(tx);
  }
  bool empty() const { return least_.empty(); }

 private:
  void Depth(const std::string& repository, int64_t depth, const std::string& revision) {
    const auto [least, fresh] = least_.emplace(repository, depth);
    if (!fresh) least->second = std::min(least->second, depth);
    changed_.Add(revision);
  }

  TableChange revisions_{"dora.manifest_revisions",
                         {{"repository", "text"}, {"revision", "text"}},
                         {"repository", "revision", "depth", "parent", "skip", "skip_depth"}};
  TableChange images_{"dora.manifest_images",
                      {{"repository", "text"}, {"path", "text"}, {"depth", "bigint"}, {"revision", "text"}},
                      {"repository", "path", "depth", "revision", "images", "problem"}};
  std::map<std::string, int64_t> least_;  // by repository
  ArrayText changed_;
};

}  // namespace

void LockManifests(pqxx::transaction_base& tx, const std::vector<std::string>& repositories, bool exclusive) {
  if (repositories.empty()) return;
  // Ordered, so that two transactions cannot wait for one another.
  RunPrepared(tx,
              absl::StrCat("SELECT pg_advisory_xact_lock", exclusive ? "" : "_shared",
                           "(1751474288, h.h) FROM (SELECT DISTINCT abs(hashtext(r) % ", kStripes,
                           ") AS h FROM unnest($1::text[]) r ORDER BY 1 OFFSET 0) h"),
              TextArray(repositories));
}

ManifestAnswers FindManifests(pqxx::transaction_base& tx, const std::vector<ManifestPlace>& places) {
  ManifestAnswers answers;
  if (places.empty()) return answers;
  ArrayText repositories, revisions, paths;
  for (const ManifestPlace& place : places) {
    repositories.Add(place.repository);
    revisions.Add(place.revision);
    paths.Add(place.path);
  }
  // Candidates from the deepest on; the first that the line of first parents comes by holds.
  for (const pqxx::row& row : RunPrepared(
           tx,
           "SELECT u.n, i.images, i.problem, i.revision FROM unnest($1::text[], $2::text[], $3::text[]) WITH "
           "ORDINALITY u (repository, revision, path, n) JOIN dora.manifest_revisions c ON c.repository = "
           "u.repository AND c.revision = u.revision CROSS JOIN LATERAL (SELECT i.images, i.problem, i.revision FROM "
           "(SELECT * FROM dora.manifest_images i WHERE i.repository = u.repository AND i.path = u.path AND "
           "i.depth <= c.depth ORDER BY i.depth DESC, i.revision DESC LIMIT $4) i WHERE "
           "EXISTS (WITH RECURSIVE line AS (SELECT c.revision, c.depth, c.parent, c.skip, c.skip_depth, 0 AS steps "
           "UNION ALL SELECT r.revision, r.depth, r.parent, r.skip, r.skip_depth, l.steps + 1 FROM line l JOIN "
           "dora.manifest_revisions r ON r.repository = u.repository AND r.revision = CASE WHEN l.skip_depth >= "
           "i.depth THEN l.skip ELSE l.parent END AND r.depth < l.depth WHERE l.depth > i.depth AND l.steps < $5) "
           "SELECT FROM line WHERE line.depth = i.depth AND line.revision = i.revision) "
           "ORDER BY i.depth DESC, i.revision DESC LIMIT 1) i",
           repositories.Finish(), revisions.Finish(), paths.Finish(), kMostCandidates, kMostSteps)) {
    answers[places[row[0].as<size_t>() - 1]] = {ParseTextArray(StringOf(row[1])), StringOf(row[2]), StringOf(row[3])};
  }
  return answers;
}

void WriteManifests(pqxx::transaction_base& tx, const std::vector<ManifestRevisionFact>& revisions) {
  if (revisions.empty()) return;
  Revisions facts;
  std::set<std::string> repositories;
  for (const ManifestRevisionFact& fact : revisions) {
    facts.insert_or_assign({fact.repository, fact.revision}, fact);
    repositories.insert(fact.repository);
  }
  LockManifests(tx, {repositories.begin(), repositories.end()}, true);
  const Revisions stored = ReadStored(tx, facts);
  Difference difference;
  for (const auto& [key, fact] : facts) {
    const auto before = stored.find(key);
    if (before == stored.end() ? fact.withdrawn : before->second == fact) continue;
    difference.Replace(before == stored.end() ? nullptr : &before->second, fact);
  }
  if (difference.empty()) return;
  difference.Flush(tx);
  difference.EnqueueWhoseImagesMayDiffer(tx);
}

}  // namespace headway
