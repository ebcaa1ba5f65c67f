// From entities as a catalog states them to what Headway is told. Pure.
#ifndef HEADWAY_INGESTER_CATALOG_DECLARE_ENTITY_H_
#define HEADWAY_INGESTER_CATALOG_DECLARE_ENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "headway/v1/observation.pb.h"
#include "ingester/catalog/entity.h"

namespace headway::catalog {

// The declaration of one entity, without version. Of a user: the reference and the groups, nothing that says more about a person. What cannot be read of
// references and repositories is left out. INVALID_ARGUMENT: it has no kind or name that can be part of a reference.
absl::StatusOr<v1::EntityDeclaration> DeclareEntity(const Entity& entity);

// Adds to groups and users what others say of them, where the catalog has not done so itself (relations): a group's `children` have it as their parent, its
// `members` are members of it. Each declaration stands beside the entity that it was made from.
void LinkGroups(absl::Span<const Entity> entities, absl::Span<v1::EntityDeclaration* const> declarations);

// The declaration of an entity that is gone.
v1::EntityDeclaration DeclareGone(const std::string& entity_ref);

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_DECLARE_ENTITY_H_
