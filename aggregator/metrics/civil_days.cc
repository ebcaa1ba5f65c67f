#include "absl/time/civil_time.h"
#include "aggregator/metrics/evaluate.h"

namespace headway {

absl::Time MinusCivilDays(absl::Time as_of, int days, absl::TimeZone zone) {
  if (days == 0) return as_of;
  const absl::TimeZone::CivilInfo info = zone.At(as_of);
  const absl::CivilDay day = absl::CivilDay(info.cs) - days;
  const absl::CivilSecond moved(day.year(), day.month(), day.day(), info.cs.hour(), info.cs.minute(), info.cs.second());
  return zone.At(moved).pre + info.subsecond;
}

absl::Time NextCrossing(Rows rows, absl::Time now, int days, absl::TimeZone zone) {
  const absl::Time edges[] = {now, MinusCivilDays(now, days, zone), MinusCivilDays(now, 2 * days, zone)};
  absl::Time next = absl::InfiniteFuture();
  // A row at x is in [edge, ...) until the edge has moved past it: that is, one microsecond after the edge reaches x.
  const auto consider = [&](absl::Time x) {
    for (int i = 0; i < 3; ++i) {
      if (x < edges[i] || x == absl::InfiniteFuture()) continue;
      const absl::Time crossing = MinusCivilDays(x, -i * days, zone) + absl::Microseconds(1);
      if (crossing > now) next = std::min(next, crossing);
    }
  };
  for (const EntityRows* entity : rows) {
    for (const DeploymentRow& row : entity->deployments) consider(row.finished);
    for (const ChangeRow& row : entity->changes) {
      consider(row.merged);
      consider(row.shipped);
    }
    for (const FailureRow& row : entity->failures) {
      consider(row.begins);
      consider(row.counted_at);
      consider(row.since);
      consider(row.until);
    }
    for (const ReworkRow& row : entity->rework) consider(row.since);
    for (const IncidentRow& row : entity->incidents) {
      if (row.opened.has_value()) consider(*row.opened);
      for (const Resolution& resolution : row.resolutions) {
        consider(resolution.resolved);
        consider(resolution.reopened);
      }
    }
  }
  return next;
}

}  // namespace headway
