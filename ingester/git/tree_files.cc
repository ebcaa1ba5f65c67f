#include "ingester/git/tree_files.h"

#include <git2.h>

#include "absl/strings/str_cat.h"
#include "ingester/git/git_handles.h"

namespace headway {
namespace {

using GitOdb = std::unique_ptr<git_odb, FreeWith<git_odb_free>>;
using GitBlob = std::unique_ptr<git_blob, FreeWith<git_blob_free>>;
using GitTreeEntry = std::unique_ptr<git_tree_entry, FreeWith<git_tree_entry_free>>;

absl::Status ContentError(int code, absl::string_view name) {
  const absl::Status status = GitError(code, absl::StrCat("reading file ", name));
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("the content of a file \"", name, "\" is not in the clone: clone without --filter"));
}

}  // namespace

absl::StatusOr<std::optional<ObjectId>> FindFolder(git_repository* repository, const ObjectId& commit,
                                                   const std::string& folder) {
  git_commit* found = nullptr;
  const git_oid oid = ToOid(commit);
  if (int code = git_commit_lookup(&found, repository, &oid); code != 0) return GitError(code, "reading a commit");
  GitCommit owned(found);
  if (folder.empty()) return std::optional<ObjectId>(ToObjectId(*git_commit_tree_id(found)));
  git_tree* root = nullptr;
  if (int code = git_commit_tree(&root, found); code != 0) return GitError(code, "reading a tree");
  GitTree tree(root);
  git_tree_entry* entry = nullptr;
  const int code = git_tree_entry_bypath(&entry, root, folder.c_str());
  if (code == GIT_ENOTFOUND) return std::optional<ObjectId>();
  if (code != 0) return GitError(code, "reading a tree");
  GitTreeEntry owned_entry(entry);
  if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) return std::optional<ObjectId>();
  return std::optional<ObjectId>(ToObjectId(*git_tree_entry_id(entry)));
}

absl::StatusOr<TreeFiles> ReadTreeFiles(git_repository* repository, const ObjectId& tree,
                                        const std::function<bool(absl::string_view)>& wanted,
                                        const TreeFileLimits& limits) {
  git_tree* found = nullptr;
  const git_oid oid = ToOid(tree);
  if (int code = git_tree_lookup(&found, repository, &oid); code != 0) return GitError(code, "reading a tree");
  GitTree owned(found);
  git_odb* database = nullptr;
  if (int code = git_repository_odb(&database, repository); code != 0) return GitError(code, "opening the objects");
  GitOdb objects(database);
  TreeFiles read;
  size_t bytes = 0;
  for (size_t i = 0; i < git_tree_entrycount(found) && read.left_out.empty(); ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(found, i);
    const char* name = git_tree_entry_name(entry);
    const bool link = git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK;
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB || link || !wanted(name)) continue;
    size_t size = 0;
    git_object_t type;
    if (int code = git_odb_read_header(&size, &type, database, git_tree_entry_id(entry)); code != 0)
      return ContentError(code, name);
    bytes += size;
    if (size > limits.file_bytes) {
      read.left_out = absl::StrCat(name, " is larger than ", limits.file_bytes, " bytes");
    } else if (bytes > limits.bytes) {
      read.left_out = absl::StrCat("the folder's files are larger than ", limits.bytes, " bytes");
    } else if (read.files.size() == limits.files) {
      read.left_out = absl::StrCat("the folder has more than ", limits.files, " files");
    } else {
      git_blob* blob = nullptr;
      if (int code = git_blob_lookup(&blob, repository, git_tree_entry_id(entry)); code != 0)
        return ContentError(code, name);
      GitBlob content(blob);
      read.files.push_back({name, std::string(static_cast<const char*>(git_blob_rawcontent(blob)), size)});
    }
  }
  return read;
}

}  // namespace headway
