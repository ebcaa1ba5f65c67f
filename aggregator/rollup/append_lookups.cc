// What appending needs to be looked up.
#include <set>

#include "absl/container/flat_hash_set.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/append_rows.h"

namespace headway {

std::vector<Identity> IdentitiesOf(const EntityPatch& patch, const Reach& reach) {
  std::set<Identity> identities;
  for (const auto& [key, deployment] : patch.deployments) {
    if (deployment->fact.phase != Phase::kPending) identities.insert(RowOf(deployment->fact, reach).identity);
  }
  return {identities.begin(), identities.end()};
}

std::vector<Identity> RunningIdentities(const TimelineTail& tail) {
  std::set<Identity> identities;
  for (const auto& [stream, head] : tail.heads) {
    if (head.running.has_value() && !tail.by_identity.contains(head.running_identity))
      identities.insert(head.running_identity);
  }
  return {identities.begin(), identities.end()};
}

std::vector<NumberedStream> NumberedStreamsOf(const EntityPatch& patch) {
  std::set<NumberedStream> streams;
  const auto see = [&](const DeploymentFact& fact) {
    if (IsNumbered(fact)) streams.emplace(fact.source, fact.stream);
  };
  for (const auto& [key, deployment] : patch.deployments) {
    if (deployment.has_value() && !Renumbers(patch, deployment->fact)) continue;
    if (deployment.has_value()) see(deployment->fact);
    const auto known = patch.known.find(key);
    if (known != patch.known.end()) see(known->second.fact);
  }
  return {streams.begin(), streams.end()};
}

bool ComesBack(const EntityPatch& patch, const TimelineTail& tail) {
  absl::flat_hash_set<Identity> seen;
  for (const auto& [key, deployment] : patch.deployments) {
    if (deployment->fact.phase == Phase::kPending) continue;
    const Identity identity = RowOf(deployment->fact, tail.reach).identity;
    const auto runs = tail.by_identity.find(identity);
    if ((runs != tail.by_identity.end() && !runs->second.empty()) || !seen.insert(identity).second) return true;
  }
  return false;
}

}  // namespace headway
