#include "aggregator/metrics/evaluate.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "aggregator/metrics/holds.h"
#include "aggregator/metrics/quantile.h"

namespace headway {
namespace {

double Seconds(double microseconds) { return microseconds / 1e6; }

bool In(absl::Time t, const Window& window) { return t >= window.start && t < window.end && t < window.as_of; }

std::optional<double> QuantileSeconds(std::vector<int64_t>* values, double p) {
  const std::optional<double> quantile = Quantile(values, p);
  return quantile.has_value() ? std::optional<double>(Seconds(*quantile)) : std::nullopt;
}

// Spans of which some are open, until they become a number.
class OpenSpans {
 public:
  // False: negative, and left out.
  bool Add(absl::Time begin, std::optional<absl::Time> end, absl::Time as_of) {
    const absl::Duration span = end.value_or(as_of) - begin;
    if (span < absl::ZeroDuration()) return false;
    observed_.push_back({absl::ToInt64Microseconds(span), end.has_value()});
    if (end.has_value()) return true;
    ++open_;
    longest_ = std::max(longest_, span);
    return true;
  }

  Value Finish(MetricId metric) && {
    Value value{metric};
    value.n = static_cast<int64_t>(observed_.size());
    value.count = open_;
    if (open_ > 0) value.longest_open = longest_;
    const SurvivalMedian median = KaplanMeierMedian(std::move(observed_));
    if (median.value.has_value()) value.value = Seconds(*median.value);
    value.more_than = median.more_than;
    return value;
  }

 private:
  std::vector<Observed> observed_;
  int64_t open_ = 0;
  absl::Duration longest_ = absl::ZeroDuration();
};

// The rows of one entity whose time is in the window; deployments and changes are in order of that time.
template <typename Row, typename Time>
absl::Span<const Row> Slice(const std::vector<Row>& rows, Time Row::*time, const Window& window) {
  const auto before = [time](const Row& row, absl::Time t) { return row.*time < t; };
  const auto begin = std::lower_bound(rows.begin(), rows.end(), window.start, before);
  const auto end = std::lower_bound(begin, rows.end(), std::min(window.end, window.as_of), before);
  return absl::MakeConstSpan(rows).subspan(begin - rows.begin(), end - begin);
}

// The median number of days with a deployment, over whole weeks backwards from the window's end.
Part DaysPerWeek(std::vector<absl::Time> counted, const Window& window) {
  Part part{"days_per_week", std::nullopt, 0};
  const int weeks = static_cast<int>(window.days / 7);
  if (weeks == 0) return part;
  std::sort(counted.begin(), counted.end());
  std::vector<int64_t> days(static_cast<size_t>(weeks), 0);
  absl::Time end = window.end;
  for (int day = 0; day < weeks * 7; ++day) {
    const absl::Time begin = MinusCivilDays(window.end, day + 1, window.zone);
    const auto first = std::lower_bound(counted.begin(), counted.end(), begin);
    if (first != counted.end() && *first < end) ++days[static_cast<size_t>(day / 7)];
    end = begin;
  }
  part.n = weeks;
  part.value = Quantile(&days, 0.5);
  return part;
}

Value DeploymentFrequency(Rows rows, const Window& window) {
  std::vector<absl::Time> counted;
  for (const EntityRows* entity : rows) {
    for (const DeploymentRow& row : Slice(entity->deployments, &DeploymentRow::finished, window)) {
      if (row.counts) counted.push_back(row.finished);
    }
  }
  Value value{MetricId::kDeploymentFrequency};
  value.n = static_cast<int64_t>(counted.size());
  value.count = value.n;
  value.value = static_cast<double>(value.n) / window.days;
  value.parts.push_back(DaysPerWeek(std::move(counted), window));
  return value;
}

int64_t CountedRollOuts(Rows rows, const Window& window) {
  int64_t count = 0;
  for (const EntityRows* entity : rows) {
    for (const DeploymentRow& row : Slice(entity->deployments, &DeploymentRow::finished, window)) count += row.counts;
  }
  return count;
}

Value ChangeLeadTime(Rows rows, const Window& window, const ReadPolicies& policies) {
  std::vector<int64_t> lead, merge_to_deploy, coding, pickup, review, deploy;
  const auto add = [](std::vector<int64_t>* values, std::optional<double> seconds) {
    if (seconds.has_value()) values->push_back(static_cast<int64_t>(*seconds * 1e6 + 0.5));
  };
  for (const EntityRows* entity : rows) {
    for (const ChangeRow& row : Slice(entity->changes, &ChangeRow::shipped, window)) {
      if (!IsShipped(row, window.as_of, policies) || (policies.exclude_bots && row.bot)) continue;
      if (row.first_authored.has_value() && row.shipped < *row.first_authored) continue;
      if (row.shipped >= row.merged) merge_to_deploy.push_back(absl::ToInt64Microseconds(row.shipped - row.merged));
      if (!row.first_authored.has_value()) continue;
      lead.push_back(absl::ToInt64Microseconds(row.shipped - *row.first_authored));
      const Stages stages = StagesOf(row);
      add(&coding, stages.coding);
      add(&pickup, stages.pickup);
      add(&review, stages.review);
      add(&deploy, stages.deploy);
    }
  }
  Value value{MetricId::kChangeLeadTime};
  value.n = static_cast<int64_t>(lead.size());
  value.value = QuantileSeconds(&lead, 0.5);
  const auto part = [&](const char* name, std::vector<int64_t>* values, double p) {
    value.parts.push_back({name, QuantileSeconds(values, p), static_cast<int64_t>(values->size())});
  };
  part("p90", &lead, 0.9);
  part("merge_to_deploy", &merge_to_deploy, 0.5);
  part("coding", &coding, 0.5);
  part("pickup", &pickup, 0.5);
  part("review", &review, 0.5);
  part("deploy", &deploy, 0.5);
  return value;
}

// Roll-outs that count in the window and have evidence, over roll-outs that count in the window.
template <typename Row>
Value Rate(MetricId metric, Rows rows, std::vector<Row> EntityRows::*evidence, const Window& window,
           const ReadPolicies& policies) {
  Value value{metric};
  value.n = CountedRollOuts(rows, window);
  for (const EntityRows* entity : rows) {
    absl::flat_hash_set<ObjectKey> distinct;
    for (const Row& row : entity->*evidence) {
      if (In(row.counted_at, window) && Holds(row, window.as_of, policies)) distinct.insert(row.roll_out);
    }
    value.count += static_cast<int64_t>(distinct.size());
  }
  if (value.n > 0) value.value = static_cast<double>(value.count) / static_cast<double>(value.n);
  return value;
}

Value Recovery(Rows rows, const Window& window, const ReadPolicies& policies) {
  OpenSpans spans;
  for (const EntityRows* entity : rows) {
    for (const FailureSpan& span : FailureSpans(*entity, window.as_of, policies)) {
      if (In(span.begin, window)) spans.Add(span.begin, span.end, window.as_of);
    }
  }
  return std::move(spans).Finish(MetricId::kFailedDeploymentRecoveryTime);
}

// Calls visit(row) once for each incident of the scope that opened in [start, end), however many entities it affects.
template <typename Visit>
void ForEachIncident(Rows rows, absl::Time start, absl::Time end, Visit visit) {
  absl::flat_hash_set<ObjectKey> seen;
  for (const EntityRows* entity : rows) {
    for (const IncidentRow& row : entity->incidents) {
      if (!row.in_scope || !row.opened.has_value() || *row.opened < start || !(*row.opened < end)) continue;
      if (rows.size() > 1 && !seen.insert(row.key).second) continue;
      visit(row);
    }
  }
}

Value TimeToRestore(Rows rows, const Window& window) {
  OpenSpans spans;
  ForEachIncident(rows, window.start, std::min(window.end, window.as_of),
                  [&](const IncidentRow& row) { spans.Add(*row.opened, row.ResolvedAt(window.as_of), window.as_of); });
  return std::move(spans).Finish(MetricId::kTimeToRestoreService);
}

Value FailedAttempts(Rows rows, const Window& window) {
  Value value{MetricId::kFailedAttempts};
  for (const EntityRows* entity : rows) {
    for (const DeploymentRow& row : Slice(entity->deployments, &DeploymentRow::finished, window)) {
      value.n += row.failed_attempt && row.in_scope;
    }
  }
  value.count = value.n;
  value.value = static_cast<double>(value.n);
  return value;
}

Value OpenIncidents(Rows rows, const Window& window) {
  Value value{MetricId::kOpenIncidents};
  const absl::Time at = std::min(window.end, window.as_of);
  absl::Duration longest = absl::ZeroDuration();
  ForEachIncident(rows, absl::InfinitePast(), at, [&](const IncidentRow& row) {
    if (row.ResolvedAt(at).has_value()) return;
    ++value.n;
    longest = std::max(longest, at - *row.opened);
  });
  value.count = value.n;
  value.value = static_cast<double>(value.n);
  if (value.n > 0) value.longest_open = longest;
  return value;
}

Value ReviewTime(Rows rows, const Window& window) {
  std::vector<int64_t> times;
  for (const EntityRows* entity : rows) {
    for (const ChangeRow& row : entity->changes) {
      if (!In(row.merged, window) || !row.opened.has_value() || !row.first_review.has_value()) continue;
      if (*row.first_review >= row.merged || *row.first_review < *row.opened) continue;
      times.push_back(absl::ToInt64Microseconds(*row.first_review - *row.opened));
    }
  }
  Value value{MetricId::kReviewTime};
  value.n = static_cast<int64_t>(times.size());
  value.value = QuantileSeconds(&times, 0.5);
  return value;
}

}  // namespace

Stages StagesOf(const ChangeRow& change) {
  const absl::Time first = *change.first_authored;
  const absl::Time finish = change.shipped;
  const auto seconds = [](absl::Duration d) { return Seconds(static_cast<double>(absl::ToInt64Microseconds(d))); };
  const absl::Time opened = std::clamp(change.opened.value_or(first), first, finish);
  const absl::Time merged = std::clamp(change.merged, opened, finish);
  Stages stages;
  stages.deploy = seconds(finish - merged);
  stages.review = seconds(merged - opened);
  if (!change.opened.has_value()) return stages;
  stages.coding = seconds(opened - first);
  if (change.first_review.has_value() && *change.first_review < change.merged) {
    const absl::Time review = std::clamp(*change.first_review, opened, merged);
    stages.pickup = seconds(review - opened);
    stages.review = seconds(merged - review);
  }
  return stages;
}

Value Evaluate(MetricId metric, Rows rows, const Window& window, const ReadPolicies& policies) {
  switch (metric) {
    case MetricId::kDeploymentFrequency:
      return DeploymentFrequency(rows, window);
    case MetricId::kChangeLeadTime:
      return ChangeLeadTime(rows, window, policies);
    case MetricId::kChangeFailRate:
      return Rate(metric, rows, &EntityRows::failures, window, policies);
    case MetricId::kFailedDeploymentRecoveryTime:
      return Recovery(rows, window, policies);
    case MetricId::kDeploymentReworkRate:
      return Rate(metric, rows, &EntityRows::rework, window, policies);
    case MetricId::kTimeToRestoreService:
      return TimeToRestore(rows, window);
    case MetricId::kFailedAttempts:
      return FailedAttempts(rows, window);
    case MetricId::kOpenIncidents:
      return OpenIncidents(rows, window);
    case MetricId::kReviewTime:
      return ReviewTime(rows, window);
  }
  return Value{metric};
}

std::vector<Value> Evaluate(Rows rows, const Window& window, const ReadPolicies& policies) {
  std::vector<Value> values;
  values.reserve(kMetricCount);
  for (int i = 0; i < kMetricCount; ++i) {
    values.push_back(Evaluate(static_cast<MetricId>(i), rows, window, policies));
  }
  return values;
}

}  // namespace headway
