#include "aggregator/projection/derive.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "aggregator/projection/blame.h"
#include "aggregator/projection/gaps.h"
#include "aggregator/projection/roll_outs.h"
#include "aggregator/projection/shipping.h"
#include "aggregator/projection/timeline.h"

namespace headway {
namespace {

ObjectKey KeyOf(const Timeline& timeline, int entry) {
  return entry < 0 ? ObjectKey{} : timeline.entries[entry].fact->key;
}

// Whether a failure is known at as_of and counts under the policies.
bool Holds(const FailureRow& row, const DerivePolicies& policies) {
  if (!(row.since < policies.as_of) || row.until < policies.as_of) return false;
  if (policies.explicit_incidents_only && row.cause == FailureCause::kIncidentInferred) return false;
  return row.attribution == Attribution::kAlways ||
         row.attribution == (policies.first_deployment_all ? Attribution::kOnlyAll : Attribution::kOnlyNone);
}

// The failures that hold, by roll-out.
std::vector<bool> FailedRollOuts(const Timeline& timeline, const RollOuts& roll_outs, const DerivePolicies& policies,
                                 const std::vector<FailureRow>& failures) {
  absl::flat_hash_map<ObjectKey, int> by_key;
  for (size_t i = 0; i < roll_outs.all.size(); ++i) {
    by_key.emplace(KeyOf(timeline, roll_outs.all[i].members.front()), static_cast<int>(i));
  }
  std::vector<bool> failed(roll_outs.all.size());
  for (const FailureRow& row : failures) {
    if (Holds(row, policies)) failed[by_key.at(row.roll_out)] = true;
  }
  return failed;
}

std::vector<DeploymentRow> DeploymentRows(const Timeline& timeline, const RollOuts& roll_outs,
                                          const Shipping& shipping) {
  std::vector<DeploymentRow> rows;
  rows.reserve(timeline.entries.size());
  for (size_t i = 0; i < timeline.entries.size(); ++i) {
    const TimelineEntry& entry = timeline.entries[i];
    DeploymentRow row;
    row.key = entry.fact->key;
    row.started = entry.started;
    row.finished = entry.finished;
    row.kind = entry.kind;
    row.in_scope = entry.in_scope;
    row.failed_attempt = entry.failed;
    row.has_revision = !entry.fact->source_revision.empty();
    row.known_commit = entry.node != CommitGraph::kNone;
    row.truncated = shipping.IsTruncated(static_cast<int>(i));
    row.replaced = KeyOf(timeline, entry.replaced);
    row.identity = entry.identity;
    if (roll_outs.of[i] >= 0) {
      const RollOut& roll_out = roll_outs.all[roll_outs.of[i]];
      row.roll_out = KeyOf(timeline, roll_out.members.front());
      row.counts = roll_out.counts_at == static_cast<int>(i);
    }
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const DeploymentRow& a, const DeploymentRow& b) {
    return std::tie(a.finished, a.key) < std::tie(b.finished, b.key);
  });
  return rows;
}

void ShipTo(const Timeline& timeline, const Shipment& shipment, ChangeRow* row) {
  row->baseline = shipment.baseline;
  if (shipment.entry < 0) return;
  row->shipped_by = KeyOf(timeline, shipment.entry);
  row->shipped = timeline.entries[shipment.entry].finished;
}

std::vector<ChangeRow> ChangeRows(const EntityInputs& inputs, const DerivePolicies& policies, const Timeline& timeline,
                                  const Shipping& shipping) {
  std::vector<ChangeRow> rows;
  for (const ChangeFact& change : inputs.changes) {
    if (!change.touches_entity) continue;
    ChangeRow row;
    row.repository = change.repository;
    row.number = change.number;
    row.merge_commit = change.merge_commit;
    row.opened = change.opened;
    row.first_authored = change.first_authored;
    row.first_review = change.first_review;
    row.merged = change.merged;
    row.bot = change.bot;
    ShipTo(timeline, shipping.OfChange(change), &row);
    rows.push_back(std::move(row));
  }
  if (policies.pushes_are_changes) {
    for (size_t r = 0; r < inputs.repositories.size(); ++r) {
      const RepositoryInput& repository = inputs.repositories[r];
      for (const CommitGraph::Node node : shipping.DirectPushes(static_cast<int>(r))) {
        ChangeRow row;
        row.repository = repository.name;
        row.merge_commit = repository.graph->Sha(node);
        row.first_authored = repository.graph->Authored(node);
        row.merged = repository.graph->Committed(node);
        ShipTo(timeline, shipping.OfPush(static_cast<int>(r), node), &row);
        rows.push_back(std::move(row));
      }
    }
  }
  std::sort(rows.begin(), rows.end(), [](const ChangeRow& a, const ChangeRow& b) {
    return std::tie(a.shipped, a.merged, a.repository, a.number, a.merge_commit) <
           std::tie(b.shipped, b.merged, b.repository, b.number, b.merge_commit);
  });
  return rows;
}

std::vector<IncidentRow> IncidentRows(const EntityInputs& inputs, const DerivePolicies& policies) {
  std::vector<IncidentRow> rows;
  for (const IncidentFact& incident : inputs.incidents) {
    IncidentRow row;
    row.key = incident.key;
    row.opened = incident.opened;
    row.resolutions = incident.resolutions;
    row.in_scope = IsInScope(incident, policies);
    row.has_link = !incident.caused_by.empty();
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const IncidentRow& a, const IncidentRow& b) {
    return std::tie(a.opened, a.key) < std::tie(b.opened, b.key);
  });
  return rows;
}

bool HasOpenLinks(const BlameInputs& in) {
  const auto links = [](const IncidentFact& incident) {
    return !incident.caused_by.empty() || !incident.remedied_by.empty();
  };
  if (std::none_of(in.inputs.incidents.begin(), in.inputs.incidents.end(), links)) return false;
  const LinkResolver resolver(in);
  const auto is_open = [&](const IncidentLink& link) { return resolver.Resolve(link).first < 0; };
  return std::any_of(in.inputs.incidents.begin(), in.inputs.incidents.end(), [&](const IncidentFact& incident) {
    return std::any_of(incident.caused_by.begin(), incident.caused_by.end(), is_open) ||
           std::any_of(incident.remedied_by.begin(), incident.remedied_by.end(), is_open);
  });
}

// Rows name the first member; where the roll-out counts is known only now.
template <typename Row>
void SetCountedAt(const Timeline& timeline, const RollOuts& roll_outs, std::vector<Row>* rows) {
  absl::flat_hash_map<ObjectKey, absl::Time> counted_at;
  for (const RollOut& roll_out : roll_outs.all) {
    counted_at.emplace(KeyOf(timeline, roll_out.members.front()),
                       roll_out.counts_at < 0 ? absl::InfiniteFuture() : timeline.entries[roll_out.counts_at].finished);
  }
  for (Row& row : *rows) row.counted_at = counted_at.at(row.roll_out);
}

}  // namespace

std::optional<absl::Time> ResolvedAt(const std::vector<Resolution>& resolutions, absl::Time as_of) {
  for (auto it = resolutions.rbegin(); it != resolutions.rend(); ++it) {
    if (!(it->resolved < as_of)) continue;
    if (it->reopened < as_of) return std::nullopt;
    return it->resolved;
  }
  return std::nullopt;
}

std::optional<absl::Time> IncidentFact::ResolvedAt(absl::Time as_of) const {
  return headway::ResolvedAt(resolutions, as_of);
}

std::optional<absl::Time> IncidentRow::ResolvedAt(absl::Time as_of) const {
  return headway::ResolvedAt(resolutions, as_of);
}

EntityRows Derive(const EntityInputs& inputs, const DerivePolicies& policies) {
  const Timeline timeline = BuildTimeline(inputs, policies);
  const Shipping shipping(inputs, policies, timeline);
  RollOuts roll_outs = FindRollOuts(timeline, policies);
  const BlameInputs blame{inputs, policies, timeline, shipping, roll_outs};

  EntityRows rows;
  rows.failures = FindFailures(blame);
  rows.rework = FindRework(blame);
  if (policies.roll_out == DerivePolicies::RollOut::kLast) {
    CompleteRollOuts(inputs, timeline, policies, FailedRollOuts(timeline, roll_outs, policies, rows.failures),
                     &roll_outs);
  }
  SetCountedAt(timeline, roll_outs, &rows.failures);
  SetCountedAt(timeline, roll_outs, &rows.rework);
  std::sort(rows.failures.begin(), rows.failures.end(), [](const FailureRow& a, const FailureRow& b) {
    return std::tie(a.since, a.roll_out, a.deployment, a.cause, a.by, a.detail, a.until, a.attribution) <
           std::tie(b.since, b.roll_out, b.deployment, b.cause, b.by, b.detail, b.until, b.attribution);
  });
  std::sort(rows.rework.begin(), rows.rework.end(), [](const ReworkRow& a, const ReworkRow& b) {
    return std::tie(a.since, a.roll_out, a.deployment, a.reason, a.detail, a.attribution) <
           std::tie(b.since, b.roll_out, b.deployment, b.reason, b.detail, b.attribution);
  });
  // One revert of two targets that shipped together, or one remedy named twice, is one piece of evidence.
  rows.failures.erase(std::unique(rows.failures.begin(), rows.failures.end()), rows.failures.end());
  rows.rework.erase(std::unique(rows.rework.begin(), rows.rework.end()), rows.rework.end());
  rows.deployments = DeploymentRows(timeline, roll_outs, shipping);
  rows.gaps = FindGaps(inputs.deployments, policies.environment);
  rows.changes = ChangeRows(inputs, policies, timeline, shipping);
  rows.incidents = IncidentRows(inputs, policies);
  rows.open_links = HasOpenLinks(blame);
  return rows;
}

}  // namespace headway
