// What is told late, or of what was told before.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/rollup/random_world.h"

namespace headway::testing {

v1::Observation RandomWorld::NextLate() {
  if (Chance(3)) return IncidentLate();
  if (Chance(10) && !deployments_.empty()) return TurnHealthy();
  v1::Observation observation = NextAppend();
  v1::Deployment& deployment = *observation.mutable_deployment();
  if (!Chance(40) || deployment.phase() == v1::Deployment::PENDING) return observation;
  const int64_t late = Below(15'000);
  if (deployment.has_started_at())
    deployment.mutable_started_at()->set_seconds(deployment.started_at().seconds() - late);
  deployment.mutable_finished_at()->set_seconds(deployment.finished_at().seconds() - late);
  deployments_.back().observation = observation;
  return observation;
}

// Names no deployment but one that was told of.
v1::Observation RandomWorld::IncidentLate() {
  v1::Observation observation = IncidentEvent();
  v1::IncidentEvent& event = *observation.mutable_incident_event();
  event.clear_affected_entity_refs();
  event.add_affected_entity_refs(absl::StrCat("component:default/e", Below(2)));
  event.clear_caused_by();
  event.clear_remedied_by();
  if (!Chance(50) || deployments_.empty()) return observation;
  const v1::Observation& named =
      deployments_[deployments_.size() - 1 - Below(std::min(5, static_cast<int>(deployments_.size())))].observation;
  v1::LinkTarget& link = *(Chance(60) ? event.add_caused_by() : event.add_remedied_by());
  link.mutable_deployment()->set_source(named.source());
  link.mutable_deployment()->set_key(named.deployment().key());
  return observation;
}

// One of the last ones, which finishes the later for it.
v1::Observation RandomWorld::TurnHealthy() {
  const size_t back = 1 + static_cast<size_t>(Below(std::min(6, static_cast<int>(deployments_.size()))));
  Deployed& deployed = deployments_[deployments_.size() - back];
  v1::Deployment& deployment = *deployed.observation.mutable_deployment();
  if (deployment.phase() != v1::Deployment::SUCCEEDED) return deployed.observation;
  deployment.set_version(++version_);
  deployment.mutable_healthy_at()->set_seconds(deployment.finished_at().seconds() + Below(9000));
  return deployed.observation;
}

}  // namespace headway::testing
