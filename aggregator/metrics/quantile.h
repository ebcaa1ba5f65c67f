// Quantiles of exact values.
#ifndef HEADWAY_AGGREGATOR_METRICS_QUANTILE_H_
#define HEADWAY_AGGREGATOR_METRICS_QUANTILE_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace headway {

// The interpolated quantile, as PostgreSQL's percentile_cont(p): of 1 and 100 the median is 50.5. 0 <= p <= 1. Absent: no values. O(n);
// the order of *values changes.
std::optional<double> Quantile(std::vector<int64_t>* values, double p);

// A time that ended, or is still open (right-censored) after that long. Any unit, not negative.
struct Observed {
  int64_t time;
  bool ended;
};

// The Kaplan-Meier median.
struct SurvivalMedian {
  std::optional<double> value;  // absent: nothing observed
  bool more_than = false;       // the true median is greater than value
};

// The median of times of which some are still open: the least t at which the survival curve (Kaplan and Meier 1958; events before censorings at ties) is at
// most one half. Where it is exactly one half, the midpoint to the next ended time, so that it equals Quantile(., 0.5) when nothing is open; see
// docs/definitions.md for the rest. Whether the curve is exactly one half is decided in exact fractions.
SurvivalMedian KaplanMeierMedian(std::vector<Observed> observed);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_QUANTILE_H_
