#include "aggregator/metrics/series.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

absl::CivilDay FirstDayAfterBucket(absl::CivilDay day, BucketLength length) {
  switch (length) {
    case BucketLength::kDay:
      return day + 1;
    case BucketLength::kWeek:
      return absl::NextWeekday(day, absl::Weekday::monday);
    case BucketLength::kMonth:
      break;
  }
  return absl::CivilDay(absl::CivilMonth(day) + 1);
}

// Days since 1970-01-01 with the share of the day that has passed. A day without a midnight begins at its first instant.
double DayPosition(absl::Time time, absl::TimeZone zone) {
  const absl::CivilDay day(absl::ToCivilDay(time, zone));
  const absl::Time begin = absl::FromCivil(day, zone);
  const absl::Time end = absl::FromCivil(day + 1, zone);
  const double passed = absl::FDivDuration(time - begin, end - begin);
  return static_cast<double>(day - absl::CivilDay(1970, 1, 1)) + passed;
}

}  // namespace

double CivilDaysBetween(absl::Time start, absl::Time end, absl::TimeZone zone) {
  return DayPosition(end, zone) - DayPosition(start, zone);
}

std::vector<Window> Buckets(const Window& window, BucketLength length) {
  std::vector<Window> buckets;
  absl::Time start = window.start;
  while (start < window.end) {
    const absl::CivilDay next = FirstDayAfterBucket(absl::ToCivilDay(start, window.zone), length);
    const absl::Time end = std::min(absl::FromCivil(next, window.zone), window.end);
    buckets.push_back({.start = start,
                       .end = end,
                       .as_of = window.as_of,
                       .zone = window.zone,
                       .days = CivilDaysBetween(start, end, window.zone)});
    start = end;
  }
  return buckets;
}

std::vector<v1::SeriesPoint> AnswerSeries(MetricId metric, Rows rows, Sources sources, const Window& window,
                                          BucketLength length, const ReadPolicies& policies) {
  const std::vector<Window> buckets = Buckets(window, length);
  std::vector<v1::SeriesPoint> points(buckets.size());
  for (size_t i = 0; i < buckets.size(); ++i) {
    *points[i].mutable_start() = ToTimestamp(buckets[i].start);
    *points[i].mutable_end() = ToTimestamp(buckets[i].end);
    *points[i].mutable_measure() =
        ToMeasure(Evaluate(metric, rows, buckets[i], policies), sources, buckets[i].start, policies);
  }
  return points;
}

}  // namespace headway
