// An entity as the measures are computed from it, kept decoded. Plain values and pure functions.
#ifndef HEADWAY_SERVICES_METRICS_CACHED_ENTITY_H_
#define HEADWAY_SERVICES_METRICS_CACHED_ENTITY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/store/rows_reader.h"

namespace headway {

// Immutable once it is shared.
struct CachedEntity {
  std::string entity_ref;  // what it is called now
  int64_t version = 0;
  absl::Time from;                   // answers windows that begin at or after this
  absl::Time last_finished;          // as EntityState
  std::vector<SourceState> sources;  // without what statuses say, which is put in for each answer
  EntityRows rows;                   // without the texts that only explanations read
};

// The sources as answers know them.
std::vector<SourceState> SourcesOf(const EntityState& state);

// What was read of an entity. `from` is where the rows begin.
std::shared_ptr<const CachedEntity> MakeEntity(const EntityState& state, absl::Time from, EntityRows rows);

// What is kept, with what was appended since. Null: something else changed as well, or the version is an earlier one.
std::shared_ptr<const CachedEntity> ExtendEntity(const CachedEntity& kept, const AppendedRows& appended);

// With what a cache needs for it.
size_t BytesOf(const CachedEntity& entity);

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_CACHED_ENTITY_H_
