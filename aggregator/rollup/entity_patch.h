// What new observations change of an entity's facts.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_ENTITY_PATCH_H_
#define HEADWAY_AGGREGATOR_ROLLUP_ENTITY_PATCH_H_

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

struct EntityPatch {
  // Objects as they are to be, without what is derived. Nothing: it is not the entity's (any more).
  absl::flat_hash_map<ObjectKey, std::optional<StoredDeployment>> deployments;
  absl::flat_hash_map<ObjectKey, std::optional<StoredIncident>> incidents;
  // Those of the deployments that the entity had before, as they were.
  absl::flat_hash_map<ObjectKey, StoredDeployment> known;
};

// Puts the facts in their place; what is derived is then old.
void ApplyPatch(const EntityPatch& patch, StoredEntity* entity);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_ENTITY_PATCH_H_
