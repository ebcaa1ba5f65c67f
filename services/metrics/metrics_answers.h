// The answers of MetricsService, apart from how calls come in: checks a request, finds its entities, and lets aggregator/metrics compute.
#ifndef HEADWAY_SERVICES_METRICS_METRICS_ANSWERS_H_
#define HEADWAY_SERVICES_METRICS_METRICS_ANSWERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "headway/v1/metrics.pb.h"
#include "services/base/clock.h"
#include "services/metrics/asked_entity.h"
#include "services/metrics/call.h"
#include "services/metrics/entity_cache.h"
#include "services/metrics/entity_source.h"
#include "services/metrics/metric_query.h"
#include "services/metrics/watch_facts.h"

namespace headway {

// Thread-safe; calls block while they read the store. What it is given outlives it.
//
// Statuses: INVALID_ARGUMENT (names the field), NOT_FOUND (names the entity), those of EntitySource, CANCELLED and DEADLINE_EXCEEDED (of the call).
class MetricsAnswers {
 public:
  MetricsAnswers(EntitySource* source, EntityCache* cache, const Clock* clock)
      : source_(*source), cache_(*cache), clock_(*clock) {}

  absl::Status GetMetricCatalog(const v1::GetMetricCatalogRequest& request, const Call& call,
                                v1::GetMetricCatalogResponse* out);
  absl::Status GetEntityMetrics(const v1::GetEntityMetricsRequest& request, const Call& call,
                                v1::GetEntityMetricsResponse* out);
  absl::Status BatchGetEntityMetrics(const v1::BatchGetEntityMetricsRequest& request, const Call& call,
                                     v1::BatchGetEntityMetricsResponse* out);
  absl::Status GetMetricSeries(const v1::GetMetricSeriesRequest& request, const Call& call,
                               v1::GetMetricSeriesResponse* out);
  absl::Status ExplainMetric(const v1::ExplainMetricRequest& request, const Call& call, v1::ExplainMetricResponse* out);

  // GetEntityMetrics for a watcher: also what else can change the numbers. as_of must not be set.
  absl::Status Watch(const v1::GetEntityMetricsRequest& request, const Call& call, v1::GetEntityMetricsResponse* out,
                     WatchFacts* facts);
  // Parallel to the refs, pools included; what an answer was computed from is still right under its version.
  absl::StatusOr<std::vector<EntityState>> Versions(absl::Span<const std::string> entity_refs) {
    return LoadAskedVersions(source_, entity_refs);
  }

 private:
  // NOT_FOUND: nothing is known of it.
  absl::StatusOr<AskedEntity> Find(const std::string& entity_ref, const MetricQuery& query, absl::Time from,
                                   const Call& call);

  EntitySource& source_;
  EntityCache& cache_;
  const Clock& clock_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_METRICS_ANSWERS_H_
