// The files that lie directly in a folder of a commit's tree. Beside git_repository.h, for who reads contents and not only history.
#ifndef HEADWAY_INGESTER_GIT_TREE_FILES_H_
#define HEADWAY_INGESTER_GIT_TREE_FILES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingester/git/object_id.h"

struct git_repository;

namespace headway {

// What is not read, so that a folder cannot fill the memory.
struct TreeFileLimits {
  size_t files = 500;
  size_t file_bytes = 1 << 20;
  size_t bytes = 8 << 20;
};

struct TreeFile {
  std::string name;
  std::string content;
};

struct TreeFiles {
  std::vector<TreeFile> files;  // by name
  std::string left_out;         // not empty: why not all that are wanted are here
};

// The tree of a folder ("": the root) of a commit; nothing where there is no such folder.
absl::StatusOr<std::optional<ObjectId>> FindFolder(git_repository* repository, const ObjectId& commit,
                                                   const std::string& folder);

// Contents of the wanted files; links are none. FAILED_PRECONDITION: a content is not here (a clone with a filter).
absl::StatusOr<TreeFiles> ReadTreeFiles(git_repository* repository, const ObjectId& tree,
                                        const std::function<bool(absl::string_view)>& wanted,
                                        const TreeFileLimits& limits);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_TREE_FILES_H_
