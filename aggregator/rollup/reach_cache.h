// Which commits the deployments of entities have reached, between the transactions of one worker. Not thread-safe.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_REACH_CACHE_H_
#define HEADWAY_AGGREGATOR_ROLLUP_REACH_CACHE_H_

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/reach.h"

namespace headway {

// Keeps what was used last, up to so many bytes. What a transaction found holds only once it has committed.
class ReachCache {
 public:
  ReachCache() = default;
  explicit ReachCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // A transaction begins; whatever the one before it staged and did not commit is forgotten.
  void Begin() { staged_.clear(); }
  // Takes out what is kept of the entity, if it is of this version. Graphs are detached.
  std::optional<Reach> Take(const std::string& entity_ref, int64_t version);
  // To be kept for this version of the entity when the transaction commits.
  void Stage(const std::string& entity_ref, int64_t version, Reach reach);
  void Committed();

 private:
  struct Entry {
    std::string entity_ref;
    int64_t version;
    Reach reach;
    size_t bytes;
  };
  using Entries = std::list<Entry>;

  void Drop(const std::string& entity_ref);

  size_t max_bytes_ = size_t{16} << 20;
  size_t bytes_ = 0;
  Entries recent_;  // most recently used first
  absl::flat_hash_map<std::string, Entries::iterator> entries_;
  std::vector<Entry> staged_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_REACH_CACHE_H_
