// Entities as the measures are computed from them, kept decoded as long as there is room. A request looks up the versions of its entities, all in one
// statement, unless nothing is kept of the only one. What is kept of an older version is used with what was appended since, where that is all that changed, and
// else read again. Under the default policies rows come from the store; under others that shape rows they are derived here from the entity's facts.
#ifndef HEADWAY_SERVICES_METRICS_ENTITY_CACHE_H_
#define HEADWAY_SERVICES_METRICS_ENTITY_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/entity_rows.h"
#include "services/metrics/cached_entity.h"
#include "services/metrics/call.h"
#include "services/metrics/entity_source.h"
#include "services/metrics/source_statuses.h"

namespace headway {

struct FoundEntity {
  std::shared_ptr<const CachedEntity> entity;  // null: nothing is known of it
  bool recomputing = false;
  std::vector<SourceState> sources;  // as they are now
};

// Thread-safe; calls block while they load. The source outlives it.
class EntityCache {
 public:
  EntityCache(EntitySource* source, size_t max_bytes) : source_(*source), statuses_(source), max_bytes_(max_bytes) {}

  // Parallel to entity_refs, which are normalised. `from`: where the earliest window begins. Statuses of EntitySource, and those of Call::Check.
  absl::StatusOr<std::vector<FoundEntity>> Get(absl::Span<const std::string> entity_refs,
                                               const DerivePolicies& policies, absl::Time from, const Call& call);

  // As Get, where the versions (of LoadVersions or LoadPool) are known.
  absl::StatusOr<std::vector<FoundEntity>> GetOf(absl::Span<const EntityState> states, const DerivePolicies& policies,
                                                 absl::Time from, const Call& call);

  // Whether a source has come further than the answer says, as of this version of statuses.
  bool SourcesMoved(int64_t statuses_version, const v1::GetEntityMetricsResponse& answer) {
    return statuses_.Moved(statuses_version, answer);
  }

  struct Counts {
    uint64_t hits = 0;
    uint64_t extended = 0;  // of the misses: read only what was appended
    uint64_t misses = 0;
    size_t bytes = 0;
    size_t entities = 0;
  };
  Counts counts() const;

 private:
  using Key = std::pair<std::string, std::string>;  // entity, policies
  using Shared = std::shared_ptr<const CachedEntity>;
  struct Entry {
    Shared entity;
    size_t bytes = 0;
    std::list<Key>::iterator used;
  };

  // Nothing is kept under this name, and it is not known to be an alias.
  bool IsNew(const std::string& name) const;
  // Of this version or another; a hit is counted for this one. Null: not kept, or of a later `from`.
  Shared Find(const Key& key, int64_t version, absl::Time from);
  void Keep(const Key& key, Shared entity);
  void Drop(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What nothing is kept of, under the default policies: the rows tell the version.
  absl::StatusOr<std::vector<FoundEntity>> ReadFirst(const std::string& name, absl::Time from);
  // Adds what was appended since to what was found outdated. What changed otherwise as well is then missing.
  absl::Status Extend(absl::Span<const size_t> outdated, std::vector<FoundEntity>* found, std::vector<size_t>* missing);
  // What is kept, with that; null: something else changed as well.
  Shared TakeAppended(const Shared& kept, const AppendedRows& appended);
  absl::Status AddStatuses(absl::Span<const EntityState> states, std::vector<FoundEntity>* found);
  absl::StatusOr<std::vector<Shared>> Load(absl::Span<const std::string> entity_refs, absl::Time from);
  absl::StatusOr<std::vector<Shared>> DeriveAll(absl::Span<const std::string> entity_refs,
                                                const DerivePolicies& policies, const Call& call);

  EntitySource& source_;
  SourceStatuses statuses_;
  const size_t max_bytes_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<Key, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::list<Key> recent_ ABSL_GUARDED_BY(mutex_);  // most recently used first
  absl::flat_hash_set<std::string> aliases_
      ABSL_GUARDED_BY(mutex_);  // names that were aliases when they were asked for
  Counts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_ENTITY_CACHE_H_
