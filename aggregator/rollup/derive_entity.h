// Everything that is derived for one stored entity, under default policies. Pure, thread-safe.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_DERIVE_ENTITY_H_
#define HEADWAY_AGGREGATOR_ROLLUP_DERIVE_ENTITY_H_

#include <string>
#include <vector>

#include "aggregator/projection/reach.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

// Grows with every change of what the same facts give: entities of an earlier version are derived again.
inline constexpr int kDerivationVersion = 2;

// Replaces all that is derived by what follows from the facts.
void DeriveStored(StoredEntity* entity);

// The repository of a deployment's source revision: the one that the deployment names, else the entity's first.
const std::string& RepositoryOf(const std::string& named, const std::vector<RepositoryInput>& declared);

// Adds what is to be waited for because of the deployment: its commit, or those at which the history of its commit ends although it has parents.
void AwaitMore(const DeploymentFact& deployment, Reach* reach, std::vector<AwaitedCommit>* awaited);

// When a deployment happened, for what is said of its source: its finish, while pending its start.
absl::Time EventTime(const DeploymentFact& deployment, const DeploymentRow& row);
// Counts the event in.
void SeeEvent(absl::Time at, const std::string& source, StreamHead* head);
// The deployment runs in the stream from now on. Its kind is a counted one.
void Run(const StoredDeployment& deployment, StreamHead* head);

// The order of the time line.
bool EarlierOnTimeline(const StoredDeployment& a, const StoredDeployment& b);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_DERIVE_ENTITY_H_
