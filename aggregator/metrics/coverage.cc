#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "aggregator/metrics/evaluate.h"
#include "aggregator/metrics/holds.h"

namespace headway {
namespace {

bool In(absl::Time t, const Window& window) { return t >= window.start && t < window.end && t < window.as_of; }

void CoverDeployments(const EntityRows& rows, const Window& window, CoverageCounts* counts) {
  for (const DeploymentRow& row : rows.deployments) {
    if (!row.in_scope || !IsCounted(row.kind) || !In(row.finished, window)) continue;
    ++counts->deployments;
    counts->deployments_with_source_commit += row.has_revision;
    counts->deployments_with_known_commit += row.known_commit;
    counts->history_truncated = counts->history_truncated || row.truncated;
  }
}

void CoverGaps(const EntityRows& rows, const Window& window, CoverageCounts* counts) {
  for (const GapRow& row : rows.gaps) {
    if (!row.in_scope || !In(row.until, window)) continue;
    ++counts->gaps;
    counts->missed_at_least += row.at_least;
  }
}

void CoverChanges(const EntityRows& rows, const Window& window, const ReadPolicies& policies, CoverageCounts* counts) {
  for (const ChangeRow& row : rows.changes) {
    if (In(row.shipped, window) && IsShipped(row, window.as_of, policies)) {
      ++counts->changes;
      counts->changes_first_commit_unknown += !row.first_authored.has_value();
      counts->negative_spans += row.first_authored.has_value() && row.shipped < *row.first_authored;
    }
    if (In(row.merged, window)) {
      ++counts->changes_merged;
      counts->changes_not_shipped += !(row.shipped < window.as_of);
    }
  }
}

void CoverIncidents(const EntityRows& rows, const Window& window, const ReadPolicies& policies,
                    absl::flat_hash_set<ObjectKey>* seen, CoverageCounts* counts) {
  absl::flat_hash_map<ObjectKey, FailureCause> linked;
  for (const FailureRow& row : rows.failures) {
    const bool by_incident =
        row.cause == FailureCause::kIncidentExplicit || row.cause == FailureCause::kIncidentInferred;
    if (by_incident && Holds(row, window.as_of, policies)) linked.emplace(row.by, row.cause);
  }
  for (const IncidentRow& row : rows.incidents) {
    if (!row.in_scope) continue;
    if (!row.opened.has_value()) {
      counts->incidents_without_opening += seen->insert(row.key).second;
      continue;
    }
    if (!In(*row.opened, window)) continue;
    const bool first_sight = seen->insert(row.key).second;
    counts->incidents += first_sight;
    const auto it = linked.find(row.key);
    if (it != linked.end()) {
      const bool is_explicit = it->second == FailureCause::kIncidentExplicit;
      ++(is_explicit ? counts->incidents_linked_explicitly : counts->incidents_linked_by_inference);
    }
    counts->incidents_with_broken_link += row.has_link && it == linked.end();
    const std::optional<absl::Time> resolved = row.ResolvedAt(window.as_of);
    counts->negative_spans += first_sight && resolved.has_value() && *resolved < *row.opened;
  }
}

}  // namespace

CoverageCounts EvaluateCoverage(Rows rows, const Window& window, const ReadPolicies& policies) {
  CoverageCounts counts;
  absl::flat_hash_set<ObjectKey> seen;
  for (const EntityRows* entity : rows) {
    CoverDeployments(*entity, window, &counts);
    CoverGaps(*entity, window, &counts);
    CoverChanges(*entity, window, policies, &counts);
    CoverIncidents(*entity, window, policies, &seen, &counts);
    for (const FailureSpan& span : FailureSpans(*entity, window.as_of, policies)) {
      counts.negative_spans += In(span.begin, window) && span.end.has_value() && *span.end < span.begin;
    }
  }
  return counts;
}

}  // namespace headway
