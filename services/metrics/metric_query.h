// A request after it was checked and every default filled in. Pure, thread-safe; loading a time zone for the first time reads a file.
#ifndef HEADWAY_SERVICES_METRICS_METRIC_QUERY_H_
#define HEADWAY_SERVICES_METRICS_METRIC_QUERY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/metrics/evaluate.h"
#include "aggregator/projection/derive.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

// Over what to measure.
struct MetricQuery {
  v1::MetricScope scope;  // with every default filled in, but for degraded_after, whose absence means off
  absl::Time as_of;
  int days = 0;
  absl::TimeZone zone;
  ReadPolicies read;      // select among rows
  DerivePolicies derive;  // shape rows; environment_tier is not resolved yet
  bool stored = true;     // the rows under these policies are kept in the store

  WindowPair Windows() const { return WindowsOf(as_of, days, zone); }
};

// INVALID_ARGUMENT that names the field, says what is wrong and what is accepted. `now`: the server's clock.
absl::StatusOr<MetricQuery> CheckScope(const v1::MetricScope& scope, absl::Time now);
absl::StatusOr<MetricId> CheckMetric(const std::string& metric);
// The normalised ref. `field` is named in the error.
absl::StatusOr<std::string> CheckEntityRef(const std::string& entity_ref, absl::string_view field = "entity_ref");

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_METRIC_QUERY_H_
