// Roll-outs: which deployments of several streams are one, and where each counts. See docs/definitions.md, "Roll-outs".
#ifndef HEADWAY_AGGREGATOR_PROJECTION_ROLL_OUTS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_ROLL_OUTS_H_

#include <vector>

#include "aggregator/projection/timeline.h"

namespace headway {

// One roll-out; entries are indexes into the time line, in order.
struct RollOut {
  std::vector<int> members;
  // Where it counts; -1: nowhere yet (policy last). Set for first and each by FindRollOuts.
  int counts_at = -1;
};

struct RollOuts {
  std::vector<RollOut> all;  // in order of their first members
  std::vector<int> of;       // by entry: index into all, or -1
};

RollOuts FindRollOuts(const Timeline& timeline, const DerivePolicies& policies);

// With policy last: sets counts_at of each roll-out that is complete at policies.as_of, of the members known then. failed: by roll-out, whether evidence known
// at as_of says that it failed.
void CompleteRollOuts(const EntityInputs& inputs, const Timeline& timeline, const DerivePolicies& policies,
                      const std::vector<bool>& failed, RollOuts* roll_outs);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_ROLL_OUTS_H_
