#include "ingester/git/changed_paths.h"

#include <git2.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "ingester/git/git_handles.h"

namespace headway {
namespace {

// Walks two trees in step and goes down only where they differ.
class TreeComparison {
 public:
  TreeComparison(git_repository* repository, size_t limit) : repository_(repository), limit_(limit) {}

  // Either side may be null: everything on the other one differs.
  absl::Status Compare(const git_oid* before, const git_oid* after, const std::string& prefix) {
    GitTree old_tree, new_tree;
    if (absl::Status read = Read(before, &old_tree); !read.ok()) return read;
    if (absl::Status read = Read(after, &new_tree); !read.ok()) return read;
    const size_t old_count = old_tree ? git_tree_entrycount(old_tree.get()) : 0;
    const size_t new_count = new_tree ? git_tree_entrycount(new_tree.get()) : 0;
    size_t i = 0, j = 0;
    while (i < old_count || j < new_count) {
      const git_tree_entry* a = i < old_count ? git_tree_entry_byindex(old_tree.get(), i) : nullptr;
      const git_tree_entry* b = j < new_count ? git_tree_entry_byindex(new_tree.get(), j) : nullptr;
      const int order = a == nullptr ? 1 : b == nullptr ? -1 : git_tree_entry_cmp(a, b);
      if (order <= 0) ++i;
      if (order >= 0) ++j;
      if (absl::Status done = CompareEntries(order <= 0 ? a : nullptr, order >= 0 ? b : nullptr, prefix); !done.ok()) {
        return done;
      }
      if (paths_.size() > limit_) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  std::vector<std::string> TakePaths() { return std::move(paths_); }

 private:
  absl::Status Read(const git_oid* id, GitTree* tree) {
    if (id == nullptr) return absl::OkStatus();
    git_tree* found = nullptr;
    if (int code = git_tree_lookup(&found, repository_, id); code != 0) return GitError(code, "reading a tree");
    tree->reset(found);
    return absl::OkStatus();
  }

  absl::Status CompareEntries(const git_tree_entry* a, const git_tree_entry* b, const std::string& prefix) {
    if (a != nullptr && b != nullptr && git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) &&
        git_tree_entry_filemode(a) == git_tree_entry_filemode(b)) {
      return absl::OkStatus();
    }
    const bool a_tree = a != nullptr && git_tree_entry_type(a) == GIT_OBJECT_TREE;
    const bool b_tree = b != nullptr && git_tree_entry_type(b) == GIT_OBJECT_TREE;
    const std::string path = prefix + git_tree_entry_name(a != nullptr ? a : b);
    if ((a != nullptr && !a_tree) || (b != nullptr && !b_tree)) paths_.push_back(path);
    if (!a_tree && !b_tree) return absl::OkStatus();
    return Compare(a_tree ? git_tree_entry_id(a) : nullptr, b_tree ? git_tree_entry_id(b) : nullptr, path + "/");
  }

  git_repository* const repository_;
  const size_t limit_;
  std::vector<std::string> paths_;
};

absl::StatusOr<git_oid> TreeOf(git_repository* repository, const ObjectId& id) {
  git_commit* found = nullptr;
  const git_oid oid = ToOid(id);
  if (int code = git_commit_lookup(&found, repository, &oid); code != 0) return GitError(code, "reading a commit");
  GitCommit commit(found);
  return *git_commit_tree_id(found);
}

}  // namespace

absl::StatusOr<std::optional<std::vector<std::string>>> ListChangedPaths(git_repository* repository,
                                                                         const ObjectId& commit, const ObjectId* parent,
                                                                         size_t limit) {
  absl::StatusOr<git_oid> after = TreeOf(repository, commit);
  if (!after.ok()) return after.status();
  git_oid before = {};
  if (parent != nullptr) {
    absl::StatusOr<git_oid> tree = TreeOf(repository, *parent);
    if (!tree.ok()) return tree.status();
    before = *tree;
  }
  TreeComparison comparison(repository, limit);
  if (parent == nullptr || !git_oid_equal(&before, &*after)) {
    if (absl::Status done = comparison.Compare(parent == nullptr ? nullptr : &before, &*after, ""); !done.ok())
      return done;
  }
  std::vector<std::string> paths = comparison.TakePaths();
  if (paths.size() > limit) return std::optional<std::vector<std::string>>();
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return std::optional<std::vector<std::string>>(std::move(paths));
}

}  // namespace headway
