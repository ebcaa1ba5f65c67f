// Deployments that nobody saw: where the running numbers of a stream leave some out. Pure; a function of the set.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_GAPS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_GAPS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/projection/facts.h"

namespace headway {

// One deployment as far as gaps are concerned.
struct NumberedDeployment {
  ObjectKey key;
  std::string source;
  std::string stream;
  absl::Time synced;
  int64_t sequence = 0;
  bool in_scope = false;

  bool operator==(const NumberedDeployment&) const = default;
};

// (source, stream) that numbers its deployments.
using NumberedStream = std::pair<std::string, std::string>;

// The order within a stream. Times come in whole seconds, so the number decides between equal ones.
bool EarlierInStream(const NumberedDeployment& a, const NumberedDeployment& b);

// True if the deployment has a number and has come to an end, so that it has a place in its stream.
bool IsNumbered(const DeploymentFact& deployment);
// Of one that is.
NumberedDeployment NumberedOf(const DeploymentFact& deployment, bool in_scope);

// Neighbours in time within (source, stream): a step of more than one leaves out what lies between; a number that is no greater than the one before it says
// that counting began again, and leaves out what is below it. What came before the first is not known, and no gap. Sorted by (until, key).
std::vector<GapRow> FindGaps(std::vector<NumberedDeployment> deployments);
// Of an entity's deployments; in scope: of this environment, empty: of tier production.
std::vector<GapRow> FindGaps(absl::Span<const DeploymentFact> deployments, const std::string& environment);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_GAPS_H_
