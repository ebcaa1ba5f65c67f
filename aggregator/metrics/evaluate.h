// The measures of a window, computed from rows. The one place where rows become numbers: Get, Series, Watch and Explain all come here.
// Definitions: docs/definitions.md, in short in catalog.h. Pure, thread-safe, no I/O.
#ifndef HEADWAY_AGGREGATOR_METRICS_EVALUATE_H_
#define HEADWAY_AGGREGATOR_METRICS_EVALUATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/entity_rows.h"

namespace headway {

// In the order of the catalog.
enum class MetricId {
  kDeploymentFrequency,
  kChangeLeadTime,
  kChangeFailRate,
  kFailedDeploymentRecoveryTime,
  kDeploymentReworkRate,
  kTimeToRestoreService,
  kFailedAttempts,
  kOpenIncidents,
  kReviewTime,
};
inline constexpr int kMetricCount = 9;

// The policies that select among rows.
struct ReadPolicies {
  bool first_deployment_all = false;
  bool exclude_bots = false;
  bool explicit_incidents_only = false;
  int32_t minimum_events = 1;
  bool operator==(const ReadPolicies&) const = default;
};

// What to measure over: [start, end) with what is known at as_of (events before it).
struct Window {
  absl::Time start;
  absl::Time end;
  absl::Time as_of;
  absl::TimeZone zone;  // for days
  double days = 0;      // length in civil days, the divisor of frequencies; for cut buckets a fraction
};

// A named part beside the value. Times in seconds.
struct Part {
  const char* name;  // of the catalog
  std::optional<double> value;
  int64_t n = 0;
};

// One number before it is judged (NOT_ENOUGH_DATA and trend are the caller's, see answer.h). Units as in the catalog: per_day, seconds, ratio, count.
struct Value {
  MetricId metric;
  std::optional<double> value;  // absent: no events
  bool more_than = false;
  int64_t n = 0;
  int64_t count = 0;
  std::optional<absl::Duration> longest_open;
  std::vector<Part> parts;
};

// How much of the rows could be used; fields as headway.v1.Coverage.
struct CoverageCounts {
  int64_t deployments = 0;
  int64_t deployments_with_known_commit = 0;
  int64_t changes = 0;
  int64_t changes_first_commit_unknown = 0;
  int64_t changes_merged = 0;
  int64_t changes_not_shipped = 0;
  int64_t incidents = 0;
  int64_t incidents_linked_explicitly = 0;
  int64_t incidents_linked_by_inference = 0;
  int64_t incidents_with_broken_link = 0;
  int64_t incidents_without_opening = 0;
  int64_t negative_spans = 0;
  bool history_truncated = false;
  int64_t deployments_with_source_commit = 0;
  int64_t gaps = 0;
  int64_t missed_at_least = 0;
};

// One entity's rows, or those of several entities pooled. Rows may hold more than the window needs; RowsNeededFrom says how much it needs.
using Rows = absl::Span<const EntityRows* const>;

// All measures, in the order of MetricId.
std::vector<Value> Evaluate(Rows rows, const Window& window, const ReadPolicies& policies);
// One measure.
Value Evaluate(MetricId metric, Rows rows, const Window& window, const ReadPolicies& policies);

CoverageCounts EvaluateCoverage(Rows rows, const Window& window, const ReadPolicies& policies);

// The times at which the answer for a window that slides with the clock next changes without an event: the least time t > now such that some row
// enters or leaves [now - days, now) or the window before it. Infinite if none.
absl::Time NextCrossing(Rows rows, absl::Time now, int days, absl::TimeZone zone);

// as_of minus n civil days in the zone: the same wall clock n days earlier (a skipped time moves forward by the gap, a repeated one is the first).
absl::Time MinusCivilDays(absl::Time as_of, int days, absl::TimeZone zone);

// One span of a failed roll-out, as recovery time sees it. Exposed for Explain.
struct FailureSpan {
  const EntityRows* entity;
  ObjectKey roll_out;
  absl::Time begin;
  std::optional<absl::Time> end;            // absent: open at as_of
  std::vector<const FailureRow*> evidence;  // that holds at as_of, in the rows' order
};
// Every failed roll-out whose evidence holds at as_of, in any window.
std::vector<FailureSpan> FailureSpans(const EntityRows& rows, absl::Time as_of, const ReadPolicies& policies);

// The stages of a shipped change with known first commit; they sum to the lead time. Seconds.
struct Stages {
  std::optional<double> coding;
  std::optional<double> pickup;
  double review = 0;
  double deploy = 0;
};
Stages StagesOf(const ChangeRow& change);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_EVALUATE_H_
