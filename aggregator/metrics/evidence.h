// The evidence of one family of measures each; see explain.h, which puts them together.
#ifndef HEADWAY_AGGREGATOR_METRICS_EVIDENCE_H_
#define HEADWAY_AGGREGATOR_METRICS_EVIDENCE_H_

#include <vector>

#include "aggregator/metrics/explain.h"
#include "aggregator/metrics/fact_index.h"

namespace headway {

// Frequency, fail rate, rework rate and failed attempts: one piece for each deployment of the window.
std::vector<PositionedEvidence> DeploymentEvidence(const ExplainInput& input, const FactIndex& facts);
// Lead time and review time: one for each change.
std::vector<PositionedEvidence> ChangeEvidence(const ExplainInput& input, const FactIndex& facts);
// Recovery time: one for each failed roll-out.
std::vector<PositionedEvidence> FailureEvidence(const ExplainInput& input, const FactIndex& facts);
// Time to restore and open incidents: one for each incident.
std::vector<PositionedEvidence> IncidentEvidence(const ExplainInput& input, const FactIndex& facts);

// One sentence: why this evidence says that the deployment failed.
std::string WhyFailed(const FailureRow& failure, const ExplainInput& input, const FactIndex& facts);

// True if an incident shows the failure; `by` is the incident then.
inline bool IsByIncident(FailureCause cause) {
  return cause == FailureCause::kIncidentExplicit || cause == FailureCause::kIncidentInferred;
}

// True if the time lies in the window and is known at as_of.
bool InWindow(const Window& window, absl::Time time);
// Starts a piece for something identified by a key, at the time that puts it into the window.
PositionedEvidence StartEvidence(const ObjectKey& key, absl::Time at);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_EVIDENCE_H_
