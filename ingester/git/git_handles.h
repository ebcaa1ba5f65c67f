// Owners of libgit2's objects, and its errors as statuses. Only for the files of this folder that read with libgit2.
#ifndef HEADWAY_INGESTER_GIT_GIT_HANDLES_H_
#define HEADWAY_INGESTER_GIT_GIT_HANDLES_H_

#include <git2.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ingester/git/object_id.h"

namespace headway {

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using GitObject = std::unique_ptr<git_object, FreeWith<git_object_free>>;
using GitCommit = std::unique_ptr<git_commit, FreeWith<git_commit_free>>;
using GitTag = std::unique_ptr<git_tag, FreeWith<git_tag_free>>;
using GitTree = std::unique_ptr<git_tree, FreeWith<git_tree_free>>;
using GitReference = std::unique_ptr<git_reference, FreeWith<git_reference_free>>;
using GitReferenceIterator = std::unique_ptr<git_reference_iterator, FreeWith<git_reference_iterator_free>>;
using GitRemote = std::unique_ptr<git_remote, FreeWith<git_remote_free>>;

inline ObjectId ToObjectId(const git_oid& oid) {
  ObjectId id;
  std::copy_n(oid.id, id.bytes.size(), id.bytes.begin());
  return id;
}

inline git_oid ToOid(const ObjectId& id) {
  git_oid oid;
  std::copy(id.bytes.begin(), id.bytes.end(), oid.id);
  return oid;
}

// What libgit2 says about its last failure on this thread.
inline absl::Status GitError(int code, absl::string_view doing) {
  const git_error* last = git_error_last();
  const std::string message = absl::StrCat(
      "while ", doing, ": ", last != nullptr && last->message != nullptr ? last->message : "unknown error");
  if (code == GIT_ENOTFOUND) return absl::NotFoundError(message);
  return absl::FailedPreconditionError(message);
}

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_GIT_HANDLES_H_
