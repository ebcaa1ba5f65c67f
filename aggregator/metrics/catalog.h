// What each measure is called, its unit, and what it means in a sentence: docs/definitions.md in short, as GetMetricCatalog serves it. Data,
// not behaviour: nothing that computes a number stands here. Immutable after first use, thread-safe, no I/O.
#ifndef HEADWAY_AGGREGATOR_METRICS_CATALOG_H_
#define HEADWAY_AGGREGATOR_METRICS_CATALOG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aggregator/metrics/evaluate.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

// Answers under the same version of the rules and the same observations are equal.
inline constexpr char kMetricRulesVersion[] = "1";

// The kinds of source without which a measure is not known, in the order in which their absence is told.
struct SourceNeeds {
  bool deployments = false;
  bool changes = false;
  bool incidents = false;
};

struct PartInfo {
  const char* name;
  const char* unit;
  const char* definition;
};

struct MetricInfo {
  MetricId id;
  const char* name;   // "change_lead_time"
  const char* title;  // "Change lead time"
  const char* unit;   // "per_day", "seconds", "ratio", "count"
  const char* definition;
  bool lower_is_better;
  bool zero_is_known;  // a count: without any event it is 0, not unknown
  SourceNeeds needs;
  std::vector<PartInfo> parts;
};

// All measures, in the order of MetricId.
absl::Span<const MetricInfo> AllMetrics();
const MetricInfo& InfoOf(MetricId id);
// Nothing: there is no measure of that name.
std::optional<MetricId> FindMetric(absl::string_view name);
// "a, b and c", for messages about an unknown one.
std::string MetricNames();

struct PolicyInfo {
  const char* name;  // a field of headway.v1.Policies
  std::vector<const char*> values;
  const char* default_value;
  const char* definition;
};

// All policies, in the order of the fields of headway.v1.Policies.
absl::Span<const PolicyInfo> AllPolicies();

// The whole catalog with the benchmarks (benchmarks.h).
const v1::GetMetricCatalogResponse& MetricCatalog();

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_CATALOG_H_
