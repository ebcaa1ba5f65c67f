// What the parts of appending share. Internal to them.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_APPEND_ROWS_H_
#define HEADWAY_AGGREGATOR_ROLLUP_APPEND_ROWS_H_

#include "aggregator/projection/derive.h"
#include "aggregator/projection/reach.h"
#include "aggregator/rollup/entity_patch.h"

namespace headway {

// The policies under which rows are stored.
const DerivePolicies& StoredPolicies();

// The row as far as it follows from the fact alone.
DeploymentRow RowOf(const DeploymentFact& fact, const Reach& reach);

// True if the place of the deployment among the numbered ones is another than before. It turning healthy makes none.
bool Renumbers(const EntityPatch& patch, const DeploymentFact& fact);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_APPEND_ROWS_H_
