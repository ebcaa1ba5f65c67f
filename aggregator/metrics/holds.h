// Whether a piece of evidence holds at a time under the policies.
#ifndef HEADWAY_AGGREGATOR_METRICS_HOLDS_H_
#define HEADWAY_AGGREGATOR_METRICS_HOLDS_H_

#include "aggregator/metrics/evaluate.h"

namespace headway {

inline bool Holds(Attribution attribution, const ReadPolicies& policies) {
  switch (attribution) {
    case Attribution::kAlways:
      return true;
    case Attribution::kOnlyNone:
      return !policies.first_deployment_all;
    case Attribution::kOnlyAll:
      return policies.first_deployment_all;
  }
  return false;
}

inline bool Holds(const FailureRow& row, absl::Time as_of, const ReadPolicies& policies) {
  return row.since < as_of && !(row.until < as_of) && Holds(row.attribution, policies) &&
         !(policies.explicit_incidents_only && row.cause == FailureCause::kIncidentInferred);
}

inline bool Holds(const ReworkRow& row, absl::Time as_of, const ReadPolicies& policies) {
  return row.since < as_of && Holds(row.attribution, policies);
}

// True if the change is attributed to what ships it, and that is known.
inline bool IsShipped(const ChangeRow& row, absl::Time as_of, const ReadPolicies& policies) {
  return row.shipped < as_of && (!row.baseline || policies.first_deployment_all);
}

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_HOLDS_H_
