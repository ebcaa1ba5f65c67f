#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/metrics/evidence.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

// The span's value: closed ones as they are, open ones as long as they have been. False: negative, left out.
bool SetSpan(absl::Time begin, std::optional<absl::Time> end, absl::Time as_of, v1::Evidence* out) {
  const absl::Duration span = end.value_or(as_of) - begin;
  if (span < absl::ZeroDuration()) return false;
  out->set_value(absl::ToDoubleSeconds(span));
  out->set_counts(!end.has_value());
  return true;
}

std::string WhySpan(const FailureSpan& span) {
  return absl::StrCat(
      "the failure began ", FormatInstant(span.begin),
      span.end.has_value() ? absl::StrCat(" and ended ", FormatInstant(*span.end)) : " and is still open");
}

using Blames = absl::flat_hash_map<ObjectKey, const FailureRow*>;  // by incident

Blames BlamesOf(const std::vector<FailureSpan>& spans) {
  Blames blames;
  for (const FailureSpan& span : spans) {
    for (const FailureRow* row : span.evidence) {
      if (IsByIncident(row->cause)) blames.emplace(row->by, row);
    }
  }
  return blames;
}

void Describe(const IncidentRow& row, const ExplainInput& input, const FactIndex& facts, const Blames& blames,
              v1::Evidence* out) {
  v1::ExplainedIncident* incident = out->mutable_incident();
  if (const IncidentFact* fact = facts.Incident(row.key); fact != nullptr) {
    incident->set_source(fact->source);
    incident->set_incident_id(fact->incident_id);
    incident->set_title(fact->title);
  }
  *incident->mutable_opened_at() = ToTimestamp(*row.opened);
  if (const auto resolved = row.ResolvedAt(input.window.as_of); resolved.has_value())
    *incident->mutable_resolved_at() = ToTimestamp(*resolved);
  const auto blame = blames.find(row.key);
  if (blame == blames.end()) {
    out->add_because(row.has_link ? "the cause that it names is no counted deployment" : "it blames no deployment");
    return;
  }
  *incident->mutable_blamed() = facts.Describe(blame->second->deployment);
  incident->set_explicit_link(blame->second->cause == FailureCause::kIncidentExplicit);
  out->add_because(absl::StrCat("it blames ", facts.NameDeployment(blame->second->deployment), ": ",
                                WhyFailed(*blame->second, input, facts)));
}

}  // namespace

std::string WhyFailed(const FailureRow& failure, const ExplainInput& input, const FactIndex& facts) {
  switch (failure.cause) {
    case FailureCause::kIncidentExplicit:
      return absl::StrCat(facts.NameIncident(failure.by), " names its cause explicitly");
    case FailureCause::kIncidentInferred:
      return absl::StrCat(facts.NameIncident(failure.by),
                          " is linked by the rule of time: the latest counted deployment that started within ",
                          absl::FormatDuration(input.derive.attribution_window), " before it opened");
    case FailureCause::kRollback:
      return absl::StrCat("it was rolled back by ", facts.NameDeployment(failure.by));
    case FailureCause::kRevert:
      return absl::StrCat("what it shipped was reverted by commit ", failure.detail, ", shipped by ",
                          facts.NameDeployment(failure.by));
    case FailureCause::kDegraded:
      return absl::StrCat("its health turned degraded at ", FormatInstant(failure.begins));
  }
  return "";
}

std::vector<PositionedEvidence> FailureEvidence(const ExplainInput& input, const FactIndex& facts) {
  std::vector<PositionedEvidence> all;
  for (const FailureSpan& span : FailureSpans(*input.rows, input.window.as_of, input.read)) {
    if (!InWindow(input.window, span.begin)) continue;
    all.push_back(StartEvidence(span.roll_out, span.begin));
    v1::Evidence& evidence = all.back().evidence;
    *evidence.mutable_deployment() = facts.Describe(span.roll_out);
    evidence.add_because(WhySpan(span));
    for (const FailureRow* row : span.evidence) evidence.add_because(WhyFailed(*row, input, facts));
    if (!SetSpan(span.begin, span.end, input.window.as_of, &evidence))
      evidence.set_left_out("its end is dated before its begin");
  }
  return all;
}

std::vector<PositionedEvidence> IncidentEvidence(const ExplainInput& input, const FactIndex& facts) {
  const std::vector<FailureSpan> spans = FailureSpans(*input.rows, input.window.as_of, input.read);
  const Blames blames = BlamesOf(spans);
  const bool open_only = input.metric == MetricId::kOpenIncidents;
  std::vector<PositionedEvidence> all;
  for (const IncidentRow& row : input.rows->incidents) {
    if (!row.in_scope || !row.opened.has_value() || *row.opened >= input.window.as_of) continue;
    const auto resolved = row.ResolvedAt(input.window.as_of);
    if (open_only ? resolved.has_value() : !InWindow(input.window, *row.opened)) continue;
    all.push_back(StartEvidence(row.key, *row.opened));
    v1::Evidence& evidence = all.back().evidence;
    Describe(row, input, facts, blames, &evidence);
    if (open_only) {
      evidence.set_value(1);
    } else if (!SetSpan(*row.opened, resolved, input.window.as_of, &evidence)) {
      evidence.set_left_out("its resolution is dated before its opening");
    }
  }
  return all;
}

}  // namespace headway
