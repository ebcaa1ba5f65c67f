#include "aggregator/metrics/answer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "aggregator/metrics/catalog.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

// No suggestion and no trend from less.
constexpr int64_t kLeastEventsForTrend = 5;

bool IsMapped(Sources sources, v1::SourceStatus::Covers covers) {
  return std::any_of(sources.begin(), sources.end(), [&](const SourceState& s) { return s.covers == covers; });
}

bool IsSilent(Sources sources, v1::SourceStatus::Covers covers, absl::Time window_start) {
  return std::none_of(sources.begin(), sources.end(), [&](const SourceState& s) {
    return s.covers == covers && (!s.has_status || s.until >= window_start);
  });
}

std::vector<v1::SourceStatus::Covers> NeededBy(const SourceNeeds& needs) {
  std::vector<v1::SourceStatus::Covers> covers;
  if (needs.deployments) covers.push_back(v1::SourceStatus::DEPLOYMENTS);
  if (needs.changes) covers.push_back(v1::SourceStatus::CHANGES);
  if (needs.incidents) covers.push_back(v1::SourceStatus::INCIDENTS);
  return covers;
}

void FillParts(const Value& value, const MetricInfo& info, const ReadPolicies& policies, v1::Measure* out) {
  for (const Part& part : value.parts) {
    auto* p = out->add_parts();
    p->set_name(part.name);
    p->set_n(part.n);
    if (part.value.has_value() && (info.zero_is_known || part.n >= policies.minimum_events)) p->set_value(*part.value);
  }
}

v1::Measure::Trend TrendOf(const v1::Measure& before, const v1::Measure& now, bool lower_is_better) {
  if (!now.has_value() || !before.has_value() || before.more_than()) return v1::Measure::TREND_UNSPECIFIED;
  if (now.n() < kLeastEventsForTrend || before.n() < kLeastEventsForTrend) return v1::Measure::TREND_UNSPECIFIED;
  // The true value is above what is given: known to be greater than before, or not known at all.
  if (now.more_than() && now.value() < before.value()) return v1::Measure::TREND_UNSPECIFIED;
  if (now.value() == before.value() && !now.more_than()) return v1::Measure::SAME;
  const bool lower = now.value() < before.value();
  return lower == lower_is_better ? v1::Measure::BETTER : v1::Measure::WORSE;
}

int64_t CountFutureTimestamps(Rows rows, absl::Time now) {
  // Pending deployments finish in the infinite future: they are not dated at all.
  const auto is_future = [now](absl::Time t) { return t >= now && t != absl::InfiniteFuture(); };
  int64_t count = 0;
  for (const EntityRows* entity : rows) {
    for (const DeploymentRow& d : entity->deployments) count += d.in_scope && is_future(d.finished);
    for (const ChangeRow& c : entity->changes) count += is_future(c.merged);
    for (const IncidentRow& i : entity->incidents) count += i.in_scope && i.opened.has_value() && is_future(*i.opened);
  }
  return count;
}

}  // namespace

google::protobuf::Duration ToDuration(absl::Duration duration) {
  google::protobuf::Duration out;
  out.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return out;
}

v1::Measure::Reason ReasonFor(const Value& value, Sources sources, absl::Time window_start,
                              const ReadPolicies& policies) {
  const MetricInfo& info = InfoOf(value.metric);
  const auto needed = NeededBy(info.needs);
  for (const auto covers : needed) {
    if (!IsMapped(sources, covers)) return v1::Measure::NO_SOURCE_MAPPED;
  }
  for (const auto covers : needed) {
    if (IsSilent(sources, covers, window_start)) return v1::Measure::SOURCE_SILENT;
  }
  if (info.zero_is_known) return v1::Measure::REASON_UNSPECIFIED;
  const bool enough = value.value.has_value() && value.n >= policies.minimum_events;
  return enough ? v1::Measure::REASON_UNSPECIFIED : v1::Measure::TOO_FEW_EVENTS;
}

v1::Measure ToMeasure(const Value& value, Sources sources, absl::Time window_start, const ReadPolicies& policies) {
  const MetricInfo& info = InfoOf(value.metric);
  v1::Measure out;
  out.set_metric(info.name);
  out.set_n(value.n);
  out.set_count(value.count);
  const v1::Measure::Reason reason = ReasonFor(value, sources, window_start, policies);
  out.set_reason(reason);
  out.set_availability(reason == v1::Measure::REASON_UNSPECIFIED ? v1::Measure::AVAILABLE
                                                                 : v1::Measure::NOT_ENOUGH_DATA);
  if (value.longest_open.has_value()) *out.mutable_longest_open() = ToDuration(*value.longest_open);
  if (out.availability() == v1::Measure::AVAILABLE) {
    out.set_value(value.value.value_or(0));
    out.set_more_than(value.more_than);
  }
  // A part may be known where the measure is not: merge to deploy does not need a first commit.
  if (reason == v1::Measure::REASON_UNSPECIFIED || reason == v1::Measure::TOO_FEW_EVENTS)
    FillParts(value, info, policies, &out);
  return out;
}

void AddBefore(const v1::Measure& before, v1::Measure* measure) {
  measure->set_before_n(before.n());
  // A lower bound is no number to compare with.
  if (before.has_value() && !before.more_than()) measure->set_before(before.value());
  const auto metric = FindMetric(measure->metric());
  if (metric.has_value()) measure->set_trend(TrendOf(before, *measure, InfoOf(*metric).lower_is_better));
}

WindowPair WindowsOf(absl::Time as_of, int days, absl::TimeZone zone) {
  const absl::Time start = MinusCivilDays(as_of, days, zone);
  const absl::Time before = MinusCivilDays(as_of, 2 * days, zone);
  const double length = days;
  return {.current = {.start = start, .end = as_of, .as_of = as_of, .zone = zone, .days = length},
          .before = {.start = before, .end = start, .as_of = as_of, .zone = zone, .days = length}};
}

std::vector<v1::Measure> AnswerMeasures(Rows rows, Sources sources, const WindowPair& windows,
                                        const ReadPolicies& policies) {
  const std::vector<Value> now = Evaluate(rows, windows.current, policies);
  const std::vector<Value> before = Evaluate(rows, windows.before, policies);
  std::vector<v1::Measure> measures;
  measures.reserve(now.size());
  for (size_t i = 0; i < now.size(); ++i) {
    measures.push_back(ToMeasure(now[i], sources, windows.current.start, policies));
    AddBefore(ToMeasure(before[i], sources, windows.before.start, policies), &measures.back());
  }
  return measures;
}

v1::Measure AnswerMeasure(MetricId metric, Rows rows, Sources sources, const WindowPair& windows,
                          const ReadPolicies& policies) {
  v1::Measure measure =
      ToMeasure(Evaluate(metric, rows, windows.current, policies), sources, windows.current.start, policies);
  AddBefore(ToMeasure(Evaluate(metric, rows, windows.before, policies), sources, windows.before.start, policies),
            &measure);
  return measure;
}

v1::Coverage AnswerCoverage(Rows rows, Sources sources, const Window& window, const ReadPolicies& policies,
                            absl::Time now) {
  const CoverageCounts counts = EvaluateCoverage(rows, window, policies);
  v1::Coverage out;
  out.set_deployments(counts.deployments);
  out.set_deployments_with_known_commit(counts.deployments_with_known_commit);
  out.set_deployments_with_source_commit(counts.deployments_with_source_commit);
  out.set_gaps(counts.gaps);
  out.set_missed_at_least(counts.missed_at_least);
  out.set_changes(counts.changes);
  out.set_changes_first_commit_unknown(counts.changes_first_commit_unknown);
  out.set_changes_merged(counts.changes_merged);
  out.set_changes_not_shipped(counts.changes_not_shipped);
  out.set_incidents(counts.incidents);
  out.set_incidents_linked_explicitly(counts.incidents_linked_explicitly);
  out.set_incidents_linked_by_inference(counts.incidents_linked_by_inference);
  out.set_incidents_with_broken_link(counts.incidents_with_broken_link);
  out.set_incidents_without_opening(counts.incidents_without_opening);
  out.set_negative_spans(counts.negative_spans);
  out.set_history_truncated(counts.history_truncated);
  out.set_future_timestamps(CountFutureTimestamps(rows, std::max(now, window.as_of)));
  for (const SourceState& source : sources) {
    auto* until = out.add_data_until();
    until->set_source(source.source);
    until->set_covers(source.covers);
    if (source.until != absl::InfinitePast()) *until->mutable_until() = ToTimestamp(source.until);
  }
  return out;
}

std::vector<SourceState> PoolSources(absl::Span<const Sources> members) {
  std::map<std::pair<std::string, int>, SourceState> pooled;
  for (const Sources& sources : members) {
    for (const SourceState& source : sources) {
      const auto [at, fresh] = pooled.try_emplace({source.source, static_cast<int>(source.covers)}, source);
      if (fresh) continue;
      at->second.until = std::min(at->second.until, source.until);
      at->second.has_status = at->second.has_status && source.has_status;
    }
  }
  std::vector<SourceState> out;
  out.reserve(pooled.size());
  for (auto& [key, source] : pooled) out.push_back(std::move(source));
  return out;
}

}  // namespace headway
