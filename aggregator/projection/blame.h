// Why roll-outs failed, and which were unplanned: the evidence, each piece with the times between which it holds.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_BLAME_H_
#define HEADWAY_AGGREGATOR_PROJECTION_BLAME_H_

#include <utility>
#include <vector>

#include "aggregator/projection/roll_outs.h"
#include "aggregator/projection/shipping.h"

namespace headway {

// What blame is decided from.
struct BlameInputs {
  const EntityInputs& inputs;
  const DerivePolicies& policies;
  const Timeline& timeline;
  const Shipping& shipping;
  const RollOuts& roll_outs;
};

// True if the incident is one of the scope: by its environment, or production's where it has none.
bool IsInScope(const IncidentFact& incident, const DerivePolicies& policies);

// What the links of incidents lead to.
class LinkResolver {
 public:
  // Keeps a reference to its argument.
  explicit LinkResolver(const BlameInputs& in);

  // The entry of the counted deployment that a link leads to (-1: none), and under which policy it does.
  std::pair<int, Attribution> Resolve(const IncidentLink& link) const;

 private:
  const BlameInputs& in_;
  absl::flat_hash_map<ObjectKey, int> counted_;
};

// All evidence of failure. counted_at is left unset: with policy last it depends on the failures.
std::vector<FailureRow> FindFailures(const BlameInputs& in);

// All evidence of unplanned work. counted_at is left unset.
std::vector<ReworkRow> FindRework(const BlameInputs& in);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_BLAME_H_
