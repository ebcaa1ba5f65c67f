// How far sources have come, kept apart from entities: a source says it every minute, and of thousands of entities nothing else changes with it. Every answer
// is given with what held when its versions were looked up.
#ifndef HEADWAY_SERVICES_METRICS_SOURCE_STATUSES_H_
#define HEADWAY_SERVICES_METRICS_SOURCE_STATUSES_H_

#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/metrics/answer.h"
#include "headway/v1/metrics.pb.h"
#include "services/metrics/entity_source.h"

namespace headway {

// Thread-safe; calls block while they load what is not kept. The source outlives it.
class SourceStatuses {
 public:
  explicit SourceStatuses(EntitySource* source) : source_(*source) {}

  // Puts what holds under this version of statuses (EntityState) into the lists. Statuses of EntitySource.
  absl::Status Update(int64_t version, absl::Span<std::vector<SourceState>* const> lists);

  // Whether a source has come further than the answer says.
  bool Moved(int64_t version, const v1::GetEntityMetricsResponse& answer);

 private:
  using Known = absl::flat_hash_map<SourceKey, std::optional<absl::Time>>;

  // What is known of the keys under the version, after loading what is not.
  absl::Status Learn(int64_t version, const std::vector<SourceKey>& keys, Known* known);

  EntitySource& source_;
  absl::Mutex mutex_;
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  Known kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_SOURCE_STATUSES_H_
