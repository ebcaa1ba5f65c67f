// A local git repository, read only. The one place that knows libgit2.
#ifndef HEADWAY_INGESTER_GIT_GIT_REPOSITORY_H_
#define HEADWAY_INGESTER_GIT_GIT_REPOSITORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ingester/git/object_id.h"
#include "ingester/git/tree_files.h"

struct git_repository;

namespace headway {

// A commit as it is written in the repository. Times are whole seconds.
struct RawCommit {
  std::vector<ObjectId> parents;
  std::string author_name;
  std::string author_email;
  absl::Time authored;
  absl::Time committed;
  std::string message;
};

// A ref that leads to a commit.
struct GitRef {
  std::string name;  // "refs/heads/main"
  ObjectId commit;   // peeled
  // Of an annotated tag: when it was made.
  std::optional<absl::Time> tagged;
};

// Not thread-safe. Never writes.
class GitRepository {
 public:
  // A working tree, its .git folder, or a bare repository. NOT_FOUND: there is none.
  static absl::StatusOr<std::unique_ptr<GitRepository>> Open(const std::string& path);
  ~GitRepository();

  // All refs that lead to commits, by name. Refs to anything else are passed over.
  absl::StatusOr<std::vector<GitRef>> Refs() const;
  // The branch that HEAD stands for: of a clone's remote, if that says so; "main" or "master" where HEAD is detached. May be empty.
  std::string DefaultBranch() const;
  // "host/owner/name" from the URL of the remote "origin" (or the only remote). Empty when there is none.
  std::string RemoteName() const;
  // When something was last fetched, as far as known.
  std::optional<absl::Time> LastFetch() const;

  // NOT_FOUND: the object is not here (a shallow clone ends there), or is no commit.
  absl::StatusOr<RawCommit> ReadCommit(const ObjectId& id) const;

  // Paths of files that differ between two commits, sorted; without `parent`, all files. Nothing when there are more than `limit`.
  absl::StatusOr<std::optional<std::vector<std::string>>> ChangedPaths(const ObjectId& commit, const ObjectId* parent,
                                                                       size_t limit) const;

  // See tree_files.h.
  absl::StatusOr<std::optional<ObjectId>> FindFolder(const ObjectId& commit, const std::string& folder) const;
  absl::StatusOr<TreeFiles> ReadTreeFiles(const ObjectId& tree, const std::function<bool(absl::string_view)>& wanted,
                                          const TreeFileLimits& limits) const;

 private:
  struct Free {
    void operator()(git_repository* repository) const;
  };
  explicit GitRepository(git_repository* repository);

  std::unique_ptr<git_repository, Free> repository_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_GIT_REPOSITORY_H_
