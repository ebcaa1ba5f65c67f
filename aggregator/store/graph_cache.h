// Commit graphs of repositories, read from dora.commits and kept as long as there is room. A graph that grew is appended to, not read again.
#ifndef HEADWAY_AGGREGATOR_STORE_GRAPH_CACHE_H_
#define HEADWAY_AGGREGATOR_STORE_GRAPH_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "aggregator/projection/commit_graph.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Thread-safe. What it hands out never changes and stays valid after it was evicted.
class GraphCache {
 public:
  explicit GraphCache(size_t max_bytes = size_t{64} << 20) : max_bytes_(max_bytes) {}

  // The graphs as the transaction sees them now, or newer, parallel to repositories (unique); never null, empty for a repository without commits. One
  // statement for all that are in the cache. For files of the store: throws what libpqxx throws.
  std::vector<std::shared_ptr<const CommitGraph>> Get(pqxx::transaction_base& transaction,
                                                      const std::vector<std::string>& repositories);

  size_t bytes() const;

 private:
  struct Entry {
    std::shared_ptr<CommitGraph> graph;
    uint64_t seen_before = 0;  // every transaction below this had ended when the graph was read
    size_t bytes = 0;
    std::list<std::string>::iterator used;
  };

  // Adds to the cached graphs among these what came since they were read; drops those that cannot be appended to.
  void Append(pqxx::transaction_base& transaction, const std::vector<std::string>& repositories)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(const std::string& repository, std::shared_ptr<CommitGraph> graph, uint64_t seen_before)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(const std::string& repository) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Evict() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_bytes_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::list<std::string> recent_ ABSL_GUARDED_BY(mutex_);  // most recently used first
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_GRAPH_CACHE_H_
