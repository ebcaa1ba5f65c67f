// From objects with new observations to patches of entities: folds the payloads, maps, and finds where each object was before.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_FOLD_OBJECTS_H_
#define HEADWAY_AGGREGATOR_ROLLUP_FOLD_OBJECTS_H_

#include <map>
#include <string>
#include <vector>

#include "aggregator/rollup/entity_patch.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/fact_store.h"
#include "aggregator/store/revision_store.h"
#include "aggregator/store/rules_store.h"
#include "aggregator/store/work_queue.h"

namespace headway {

// What a batch of deployments, changes and incidents comes to.
struct FoldedObjects {
  std::map<std::string, EntityPatch>
      patches;  // by entity; '' holds what is mapped to none. Only what differs from what is stored
  std::vector<LockedEntity>
      locked;  // sorted; every entity of the patches but '', and those where the objects might have been
  std::vector<PullRequest> pull_requests;
  std::vector<StreamPlace> new_places;
  RevisionUses uses_before,
      uses_after;  // of the deployments whose revisions depend on more than what their source says
};

// Locks the entities that the objects are at and go to (and those of also_lock), then reads. Objects have their payloads. Throws what the store throws.
FoldedObjects FoldObjects(pqxx::transaction_base& tx, const RuleSet& rules, const std::vector<WorkObject>& objects,
                          const std::vector<std::string>& also_lock = {});

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_FOLD_OBJECTS_H_
