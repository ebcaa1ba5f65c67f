// Whether what is new of an entity can be appended.
#include <algorithm>

#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/append_rows.h"
#include "aggregator/rollup/derive_entity.h"

namespace headway {
namespace {

// A deployment that goes on in its place and not back in time: a pending one that comes to its end, or one whose end is known to be later. One that is of
// another commit than was thought does not: the one before may be awaited for it.
bool IsContinued(const StoredDeployment& before, const StoredDeployment& after) {
  const bool same_commit =
      before.fact.source_revision == after.fact.source_revision && before.fact.repository == after.fact.repository;
  if (!before.fact.source_revision.empty() && !same_commit) return false;
  const absl::Time earliest = before.fact.phase == Phase::kPending ? before.fact.started : before.row.finished;
  return after.fact.phase != Phase::kPending && before.fact.environment == after.fact.environment &&
         before.fact.stream == after.fact.stream && before.fact.source == after.fact.source &&
         FinishOf(after.fact, StoredPolicies()).at >= earliest;
}

}  // namespace

Fit FitOf(const LockedEntity& entity, const EntityPatch& patch) {
  if (!patch.incidents.empty() || entity.end.open_links) return Fit::kWhole;
  // What was never derived has no rows.
  if (entity.derivation_version != 0 && entity.derivation_version != kDerivationVersion) return Fit::kWhole;
  Fit fit = Fit::kAppend;
  bool renumbered = false;
  for (const auto& [key, deployment] : patch.deployments) {
    if (!deployment.has_value()) return Fit::kWhole;
    renumbered |= Renumbers(patch, deployment->fact);
    const auto known = patch.known.find(key);
    if (known != patch.known.end()) {
      if (!IsContinued(known->second, *deployment)) return Fit::kWhole;
      if (known->second.fact.phase != Phase::kPending) fit = Fit::kRewind;
    }
    if (deployment->fact.phase == Phase::kPending) continue;
    const Finish finish = FinishOf(deployment->fact, StoredPolicies());
    const absl::Time started = deployment->fact.started == absl::InfinitePast() ? finish.at : deployment->fact.started;
    if (started < entity.end.last_opening) return Fit::kWhole;
    if (finish.at <= entity.end.last_finished) fit = Fit::kRewind;
  }
  // What is told late closes gaps, which are no part of what is taken back.
  return fit == Fit::kRewind && renumbered ? Fit::kWhole : fit;
}

}  // namespace headway
