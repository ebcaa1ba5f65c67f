#include "aggregator/store/graph_cache.h"

#include <pqxx/pqxx>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "aggregator/store/prepared.h"
#include "aggregator/store/sql_text.h"

namespace headway {
namespace {

// Ids of 20 bytes, or of 32 where the commit's own id has as many, one after the other.
std::vector<std::string> SplitIds(absl::string_view hex, size_t digits) {
  std::vector<std::string> ids;
  for (size_t at = 0; at + digits <= hex.size(); at += digits) ids.emplace_back(hex.substr(at, digits));
  return ids;
}

// Elements are "\x...", without the prefix.
std::vector<std::string> ParseIds(absl::string_view text) {
  std::vector<std::string> ids = ParseTextArray(text);
  for (std::string& id : ids) id.erase(0, 2);
  return ids;
}

absl::string_view View(const pqxx::field& field) { return absl::string_view(field.c_str(), field.size()); }

CommitFact ParseCommit(const pqxx::row& row) {
  CommitFact commit;
  commit.sha = std::string(View(row[0]).substr(2));
  commit.parents = SplitIds(View(row[1]).substr(2), commit.sha.size());
  commit.authored = absl::FromUnixMicros(row[2].as<int64_t>());
  commit.committed = absl::FromUnixMicros(row[3].as<int64_t>());
  if (!row[4].is_null()) commit.paths = ParseTextArray(View(row[4]));
  commit.reverts = ParseIds(View(row[5]));
  commit.cherry_picked_from = ParseIds(View(row[6]));
  return commit;
}

constexpr char kColumns[] = "c.sha, c.parents, c.authored_at, c.committed_at, c.paths, c.reverts, c.cherry_picked_from";

uint64_t EarliestRunning(pqxx::transaction_base& tx) {
  return std::stoull(tx.exec1("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")[0].c_str());
}

void ReadWhole(pqxx::transaction_base& tx, const std::string& repository, CommitGraph* graph) {
  // A cursor bounds the memory that a long history takes on its way.
  static constexpr int kChunk = 20000;
  std::string after = "\\x";
  while (true) {
    const pqxx::result rows =
        RunPrepared(tx,
                    absl::StrCat("SELECT ", kColumns,
                                 " FROM dora.commits c WHERE c.repository = $1 AND c.sha > $2::bytea "
                                 "ORDER BY c.sha LIMIT ",
                                 kChunk),
                    repository, after);
    for (const pqxx::row& row : rows) graph->Add(ParseCommit(row));
    if (rows.size() < kChunk) return;
    after = rows[rows.size() - 1][0].c_str();
  }
}

// Those of the repositories that are in no cache and have commits.
template <typename Cache>
absl::flat_hash_set<std::string> WithCommits(pqxx::transaction_base& tx, const std::vector<std::string>& repositories,
                                             const Cache& cache) {
  ArrayText names;
  for (const std::string& repository : repositories) {
    if (!cache.contains(repository)) names.Add(repository);
  }
  absl::flat_hash_set<std::string> found;
  if (names.size() == 0) return found;
  for (const pqxx::row& row : RunPrepared(tx,
                                          "SELECT u.name FROM unnest($1::text[]) u (name) WHERE EXISTS "
                                          "(SELECT FROM dora.commits c WHERE c.repository = u.name)",
                                          names.Finish())) {
    found.emplace(row[0].c_str());
  }
  return found;
}

}  // namespace

std::vector<std::shared_ptr<const CommitGraph>> GraphCache::Get(pqxx::transaction_base& tx,
                                                                const std::vector<std::string>& repositories) {
  std::vector<std::shared_ptr<const CommitGraph>> graphs;
  if (repositories.empty()) return graphs;
  // Taken before the commits are read: what this leaves out can only be read once more.
  const uint64_t seen_before = EarliestRunning(tx);
  absl::MutexLock lock(&mutex_);
  Append(tx, repositories);
  const absl::flat_hash_set<std::string> with_commits = WithCommits(tx, repositories, entries_);
  for (const std::string& repository : repositories) {
    const auto it = entries_.find(repository);
    std::shared_ptr<CommitGraph> graph = it == entries_.end() ? std::make_shared<CommitGraph>() : it->second.graph;
    if (it == entries_.end() && with_commits.contains(repository)) ReadWhole(tx, repository, graph.get());
    graphs.push_back(graph);
    Keep(repository, std::move(graph), seen_before);
  }
  Evict();
  return graphs;
}

void GraphCache::Append(pqxx::transaction_base& tx, const std::vector<std::string>& repositories) {
  ArrayText names;
  ArrayText since;
  for (const std::string& repository : repositories) {
    const auto it = entries_.find(repository);
    if (it == entries_.end()) continue;
    names.Add(repository);
    since.AddPlain(std::to_string(it->second.seen_before));
  }
  if (names.size() == 0) return;
  const pqxx::result rows =
      RunPrepared(tx,
                  absl::StrCat("SELECT ", kColumns,
                               ", c.revised, c.repository FROM unnest($1::text[], $2::text[]) u (repository, since) "
                               "JOIN dora.commits c ON c.repository = u.repository AND c.written_by >= u.since::xid8 "
                               "ORDER BY c.repository, c.sha"),
                  names.Finish(), since.Finish());
  for (const pqxx::row& row : rows) {
    const std::string repository = row[8].c_str();
    const auto it = entries_.find(repository);
    if (it == entries_.end()) continue;  // dropped just now
    if (row[7].as<bool>()) {
      Drop(repository);
      continue;
    }
    CommitFact commit = ParseCommit(row);
    std::shared_ptr<CommitGraph>& graph = it->second.graph;
    if (graph->Has(commit.sha)) continue;
    // Somebody may be reading what was handed out.
    if (graph.use_count() > 1) graph = std::make_shared<CommitGraph>(*graph);
    graph->Add(commit);
  }
}

void GraphCache::Keep(const std::string& repository, std::shared_ptr<CommitGraph> graph, uint64_t seen_before) {
  Entry& entry = entries_[repository];
  if (entry.graph == nullptr) {
    recent_.push_front(repository);
    entry.used = recent_.begin();
  } else {
    recent_.splice(recent_.begin(), recent_, entry.used);
  }
  bytes_ -= entry.bytes;
  entry.bytes = graph->ApproximateBytes() + 256;
  bytes_ += entry.bytes;
  entry.seen_before = seen_before;
  entry.graph = std::move(graph);
}

void GraphCache::Drop(const std::string& repository) {
  const auto it = entries_.find(repository);
  bytes_ -= it->second.bytes;
  recent_.erase(it->second.used);
  entries_.erase(it);
}

void GraphCache::Evict() {
  while (bytes_ > max_bytes_ && !recent_.empty()) Drop(std::string(recent_.back()));
}

size_t GraphCache::bytes() const {
  absl::MutexLock lock(&mutex_);
  return bytes_;
}

}  // namespace headway
