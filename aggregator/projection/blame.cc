#include "aggregator/projection/blame.h"

namespace headway {

bool IsInScope(const IncidentFact& incident, const DerivePolicies& policies) {
  if (policies.environment.empty()) return incident.environment.empty() || incident.tier == Tier::kProduction;
  if (incident.environment.empty()) return policies.environment_tier == Tier::kProduction;
  return incident.environment == policies.environment;
}

LinkResolver::LinkResolver(const BlameInputs& in) : in_(in) {
  const std::vector<TimelineEntry>& entries = in.timeline.entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].Counts()) counted_.emplace(entries[i].fact->key, static_cast<int>(i));
  }
}

std::pair<int, Attribution> LinkResolver::Resolve(const IncidentLink& link) const {
  if (const ObjectKey* key = std::get_if<ObjectKey>(&link)) {
    const auto it = counted_.find(*key);
    return {it == counted_.end() ? -1 : it->second, Attribution::kAlways};
  }
  Shipment shipment;
  if (const CommitRef* commit = std::get_if<CommitRef>(&link)) {
    shipment = in_.shipping.OfCommit(commit->repository, commit->sha);
  } else {
    const ChangeRef& change = std::get<ChangeRef>(link);
    shipment = in_.shipping.OfChangeNumber(change.repository, change.number);
  }
  return {shipment.entry, shipment.baseline ? Attribution::kOnlyAll : Attribution::kAlways};
}

}  // namespace headway
