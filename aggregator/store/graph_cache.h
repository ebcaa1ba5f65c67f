// Commit graphs of repositories, read from dora.commits and kept as long as there is room. A graph that grew is appended to, not read again.
#ifndef HEADWAY_AGGREGATOR_STORE_GRAPH_CACHE_H_
#define HEADWAY_AGGREGATOR_STORE_GRAPH_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>

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

  // The graph as the transaction sees it now, or newer; never null, empty for a repository without commits. For files of the store: throws what libpqxx
  // throws.
  std::shared_ptr<const CommitGraph> Get(pqxx::transaction_base& transaction, const std::string& repository);

  size_t bytes() const;

 private:
  struct Entry {
    std::shared_ptr<CommitGraph> graph;
    uint64_t seen_before = 0;  // every transaction below this had ended when the graph was read
    size_t bytes = 0;
    std::list<std::string>::iterator used;
  };
  struct Change;

  void Evict(const std::string& keep) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_bytes_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::list<std::string> recent_ ABSL_GUARDED_BY(mutex_);  // most recently used first
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_GRAPH_CACHE_H_
