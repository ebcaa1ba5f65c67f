#include "aggregator/rollup/entity_patch.h"

#include <algorithm>

namespace headway {

void ApplyPatch(const EntityPatch& patch, StoredEntity* entity) {
  const auto apply = [](const auto& changes, auto* stored) {
    std::erase_if(*stored, [&](const auto& one) { return changes.contains(one.fact.key); });
    for (const auto& [key, value] : changes) {
      if (value.has_value()) stored->push_back(*value);
    }
    std::sort(stored->begin(), stored->end(), [](const auto& a, const auto& b) { return a.fact.key < b.fact.key; });
  };
  apply(patch.deployments, &entity->deployments);
  apply(patch.incidents, &entity->incidents);
}

}  // namespace headway
