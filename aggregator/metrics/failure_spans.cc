#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "aggregator/metrics/evaluate.h"
#include "aggregator/metrics/holds.h"

namespace headway {
namespace {

bool ByIncident(FailureCause cause) {
  return cause == FailureCause::kIncidentExplicit || cause == FailureCause::kIncidentInferred;
}

// Recovery of a failure that incidents show: when the last of them is resolved.
void FromIncidents(const absl::flat_hash_map<ObjectKey, const IncidentRow*>& incidents, absl::Time as_of,
                   FailureSpan* span) {
  span->begin = absl::InfiniteFuture();
  absl::Time end = absl::InfinitePast();
  bool open = false;
  for (const FailureRow* row : span->evidence) {
    if (!ByIncident(row->cause)) continue;
    span->begin = std::min(span->begin, row->begins);
    const auto it = incidents.find(row->by);
    const std::optional<absl::Time> resolved = it == incidents.end() ? std::nullopt : it->second->ResolvedAt(as_of);
    open = open || !resolved.has_value();
    if (resolved.has_value()) end = std::max(end, *resolved);
  }
  if (!open) span->end = end;
}

// Recovery of a failure that rollbacks and reverts show: the last rollback, or the first revert, whichever is earlier.
void FromRemedies(FailureSpan* span) {
  span->begin = absl::InfiniteFuture();
  absl::Time rolled_back = absl::InfinitePast();
  absl::Time reverted = absl::InfiniteFuture();
  for (const FailureRow* row : span->evidence) {
    span->begin = std::min(span->begin, row->finished);
    if (row->cause == FailureCause::kRollback) rolled_back = std::max(rolled_back, row->ends);
    if (row->cause == FailureCause::kRevert) reverted = std::min(reverted, row->ends);
  }
  span->end = rolled_back == absl::InfinitePast() ? reverted : std::min(rolled_back, reverted);
}

void FromHealth(absl::Time as_of, FailureSpan* span) {
  span->begin = absl::InfiniteFuture();
  absl::Time end = absl::InfinitePast();
  for (const FailureRow* row : span->evidence) {
    span->begin = std::min(span->begin, row->begins);
    end = std::max(end, row->ends);
  }
  if (end < as_of) span->end = end;
}

}  // namespace

std::vector<FailureSpan> FailureSpans(const EntityRows& rows, absl::Time as_of, const ReadPolicies& policies) {
  std::vector<FailureSpan> spans;
  absl::flat_hash_map<ObjectKey, size_t> index;
  for (const FailureRow& row : rows.failures) {
    if (!Holds(row, as_of, policies)) continue;
    const auto [it, inserted] = index.try_emplace(row.roll_out, spans.size());
    if (inserted) spans.push_back({&rows, row.roll_out, {}, std::nullopt, {}});
    spans[it->second].evidence.push_back(&row);
  }
  if (spans.empty()) return spans;

  absl::flat_hash_map<ObjectKey, const IncidentRow*> incidents;
  for (const IncidentRow& row : rows.incidents) incidents.emplace(row.key, &row);
  for (FailureSpan& span : spans) {
    const auto any = [&](auto predicate) {
      return std::any_of(span.evidence.begin(), span.evidence.end(),
                         [&](const FailureRow* row) { return predicate(row->cause); });
    };
    if (any(ByIncident)) {
      FromIncidents(incidents, as_of, &span);
    } else if (any([](FailureCause cause) { return cause != FailureCause::kDegraded; })) {
      FromRemedies(&span);
    } else {
      FromHealth(as_of, &span);
    }
  }
  return spans;
}

}  // namespace headway
