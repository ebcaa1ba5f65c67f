#include "aggregator/rollup/reach_cache.h"

namespace headway {

std::optional<Reach> ReachCache::Take(const std::string& entity_ref, int64_t version) {
  const auto it = entries_.find(entity_ref);
  if (it == entries_.end()) return std::nullopt;
  std::optional<Reach> reach;
  if (it->second->version == version) reach = std::move(it->second->reach);
  Drop(entity_ref);
  return reach;
}

void ReachCache::Stage(const std::string& entity_ref, int64_t version, Reach reach) {
  // Whoever holds a graph makes its owner copy it when it grows.
  reach.Detach();
  const size_t bytes = reach.ApproximateBytes() + 2 * entity_ref.size() + 200;
  staged_.push_back({entity_ref, version, std::move(reach), bytes});
}

void ReachCache::Committed() {
  for (Entry& entry : staged_) {
    Drop(entry.entity_ref);
    bytes_ += entry.bytes;
    recent_.push_front(std::move(entry));
    entries_[recent_.front().entity_ref] = recent_.begin();
  }
  staged_.clear();
  while (bytes_ > max_bytes_) Drop(std::string(recent_.back().entity_ref));
}

void ReachCache::Drop(const std::string& entity_ref) {
  const auto it = entries_.find(entity_ref);
  if (it == entries_.end()) return;
  bytes_ -= it->second->bytes;
  recent_.erase(it->second);
  entries_.erase(it);
}

}  // namespace headway
