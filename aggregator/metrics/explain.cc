#include "aggregator/metrics/explain.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/metrics/catalog.h"
#include "aggregator/metrics/evidence.h"
#include "aggregator/metrics/fact_index.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

std::vector<PositionedEvidence> Collect(const ExplainInput& input, const FactIndex& facts) {
  switch (input.metric) {
    case MetricId::kDeploymentFrequency:
    case MetricId::kChangeFailRate:
    case MetricId::kDeploymentReworkRate:
    case MetricId::kFailedAttempts:
      return DeploymentEvidence(input, facts);
    case MetricId::kChangeLeadTime:
    case MetricId::kReviewTime:
      return ChangeEvidence(input, facts);
    case MetricId::kFailedDeploymentRecoveryTime:
      return FailureEvidence(input, facts);
    case MetricId::kTimeToRestoreService:
    case MetricId::kOpenIncidents:
      return IncidentEvidence(input, facts);
  }
  return {};
}

absl::string_view Recipe(MetricId metric) {
  switch (metric) {
    case MetricId::kDeploymentFrequency:
      return "The number is the count of facts with a value, divided by the days of the window.";
    case MetricId::kChangeLeadTime:
    case MetricId::kReviewTime:
      return "The number is the median of the facts' values, interpolated.";
    case MetricId::kChangeFailRate:
    case MetricId::kDeploymentReworkRate:
      return "The number is the count of facts marked as counting, divided by the count of facts with a value.";
    case MetricId::kFailedDeploymentRecoveryTime:
    case MetricId::kTimeToRestoreService:
      return "The number is the Kaplan-Meier median of the facts' values; those marked are still open, and their value "
             "is how long they have been.";
    case MetricId::kFailedAttempts:
    case MetricId::kOpenIncidents:
      return "The number is the count of facts with a value.";
  }
  return "";
}

}  // namespace

bool InWindow(const Window& window, absl::Time time) {
  return window.start <= time && time < window.end && time < window.as_of;
}

PositionedEvidence StartEvidence(const ObjectKey& key, absl::Time at) {
  PositionedEvidence out;
  out.position = {absl::ToUnixMicros(at), std::string(key.bytes.begin(), key.bytes.end())};
  *out.evidence.mutable_at() = ToTimestamp(at);
  return out;
}

std::vector<PositionedEvidence> Explain(const ExplainInput& input) {
  const FactIndex facts(*input.rows, input.deployments, input.incidents, input.window.as_of);
  std::vector<PositionedEvidence> evidence = Collect(input, facts);
  std::sort(evidence.begin(), evidence.end(),
            [](const PositionedEvidence& a, const PositionedEvidence& b) { return a.position < b.position; });
  return evidence;
}

NamedFacts FactsNamed(const ExplainInput& input) {
  std::set<ObjectKey> deployments;
  std::set<ObjectKey> incidents;
  for (const DeploymentRow& row : input.rows->deployments) {
    if (!row.in_scope || !InWindow(input.window, row.finished)) continue;
    deployments.insert({row.key, row.roll_out});
  }
  // Members of a roll-out that counts elsewhere are named with where that is.
  for (const DeploymentRow& row : input.rows->deployments) {
    if (row.counts && deployments.contains(row.roll_out)) deployments.insert(row.key);
  }
  for (const ChangeRow& row : input.rows->changes) {
    if (InWindow(input.window, row.shipped)) deployments.insert(row.shipped_by);
  }
  for (const FailureSpan& span : FailureSpans(*input.rows, input.window.as_of, input.read)) {
    deployments.insert(span.roll_out);
    for (const FailureRow* row : span.evidence) {
      deployments.insert(row->deployment);
      (IsByIncident(row->cause) ? incidents : deployments).insert(row->by);
    }
  }
  for (const ReworkRow& row : input.rows->rework) deployments.insert(row.deployment);
  for (const IncidentRow& row : input.rows->incidents) incidents.insert(row.key);
  deployments.erase(ObjectKey());
  return {{deployments.begin(), deployments.end()}, {incidents.begin(), incidents.end()}};
}

std::string HowComputed(MetricId metric) { return absl::StrCat(InfoOf(metric).definition, " ", Recipe(metric)); }

}  // namespace headway
