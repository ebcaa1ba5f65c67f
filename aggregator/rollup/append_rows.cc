#include "aggregator/rollup/append_rows.h"

#include "aggregator/projection/gaps.h"
#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/derive_entity.h"

namespace headway {

const DerivePolicies& StoredPolicies() {
  static const DerivePolicies* const policies = new DerivePolicies();
  return *policies;
}

DeploymentRow RowOf(const DeploymentFact& fact, const Reach& reach) {
  DeploymentRow row;
  row.key = fact.key;
  row.in_scope = fact.tier == Tier::kProduction;
  row.has_revision = !fact.source_revision.empty();
  bool by_config = false;
  row.identity = IdentityOf(fact, RepositoryOf(fact.repository, reach.repositories()), &by_config);
  if (fact.phase == Phase::kPending) {
    row.started = fact.started;
    row.finished = absl::InfiniteFuture();
    return row;
  }
  const Finish finish = FinishOf(fact, StoredPolicies());
  row.finished = finish.at;
  row.started = fact.started == absl::InfinitePast() ? finish.at : fact.started;
  row.failed_attempt = finish.failed;
  return row;
}

bool Renumbers(const EntityPatch& patch, const DeploymentFact& fact) {
  const auto number = [](const DeploymentFact& f) { return NumberedOf(f, f.tier == Tier::kProduction); };
  const auto known = patch.known.find(fact.key);
  const bool was_numbered = known != patch.known.end() && IsNumbered(known->second.fact);
  if (!IsNumbered(fact)) return was_numbered;
  return !was_numbered || number(known->second.fact) != number(fact);
}

}  // namespace headway
