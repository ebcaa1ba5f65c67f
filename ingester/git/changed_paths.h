// Which files differ between two commits.
#ifndef HEADWAY_INGESTER_GIT_CHANGED_PATHS_H_
#define HEADWAY_INGESTER_GIT_CHANGED_PATHS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingester/git/object_id.h"

struct git_repository;

namespace headway {

// As GitRepository::ChangedPaths. Compares trees only, so that file contents need not be here, and renames are two paths.
absl::StatusOr<std::optional<std::vector<std::string>>> ListChangedPaths(git_repository* repository,
                                                                         const ObjectId& commit, const ObjectId* parent,
                                                                         size_t limit);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_CHANGED_PATHS_H_
