// Buckets of a series: civil days, ISO weeks (from Monday) and months of a time zone, clipped to a window. Pure, thread-safe, no I/O.
#ifndef HEADWAY_AGGREGATOR_METRICS_SERIES_H_
#define HEADWAY_AGGREGATOR_METRICS_SERIES_H_

#include <vector>

#include "absl/time/time.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/metrics/evaluate.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

enum class BucketLength { kDay, kWeek, kMonth };

// Windows that follow one another without gap or overlap from window.start to window.end, each with the window's as_of and zone. `days` of each is its
// length in civil days: 1 for a whole day, whatever its hours; a cut day counts by the share of it that is inside.
std::vector<Window> Buckets(const Window& window, BucketLength length);

// Length of [start, end) in civil days of the zone. Additive.
double CivilDaysBetween(absl::Time start, absl::Time end, absl::TimeZone zone);

// One point for each bucket, without before and trend.
std::vector<v1::SeriesPoint> AnswerSeries(MetricId metric, Rows rows, Sources sources, const Window& window,
                                          BucketLength length, const ReadPolicies& policies);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_SERIES_H_
