// The history of a repository in memory: all commits that some ref leads to.
#ifndef HEADWAY_INGESTER_GIT_HISTORY_H_
#define HEADWAY_INGESTER_GIT_HISTORY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ingester/git/commit_message.h"
#include "ingester/git/git_repository.h"
#include "ingester/git/object_id.h"

namespace headway {

// Commits are numbered; the numbers are what the rest of this folder works with. About 150 bytes a commit. Immutable once loaded.
class History {
 public:
  using Node = uint32_t;
  static constexpr Node kNone = 0xffffffff;

  struct Commit {
    ObjectId id;
    absl::InlinedVector<Node, 2> parents;
    absl::Time authored;
    absl::Time committed;
    uint32_t author = 0;  // index for AuthorOf
    uint64_t copy_key =
        0;  // equal for a commit and its rebased or cherry-picked copy: author, time of authoring, message
    bool present = false;  // false: only named as a parent (a shallow clone)
  };
  struct Author {
    std::string name;
    std::string email;
  };

  // Reads all commits that the refs lead to. `on_progress` gets the number of commits now and then.
  static absl::StatusOr<History> Load(const GitRepository& repository, const std::vector<GitRef>& refs,
                                      const std::function<void(int64_t)>& on_progress);

  size_t size() const { return commits_.size(); }
  const Commit& operator[](Node node) const { return commits_[node]; }
  const Author& AuthorOf(Node node) const { return authors_[commits_[node].author]; }
  // What the message says.
  const MessageFacts& Facts(Node node) const;
  Node Find(const ObjectId& id) const;
  // A full object id, or the beginning of one that is here only once; else kNone.
  Node FindByPrefix(absl::string_view hex) const;
  // Parents before children.
  std::vector<Node> Topological() const;

 private:
  Node Intern(const ObjectId& id);
  uint32_t InternAuthor(const std::string& name, const std::string& email);
  absl::Status ReadInto(const GitRepository& repository, Node node);

  std::vector<Commit> commits_;
  std::vector<Author> authors_;
  absl::flat_hash_map<ObjectId, Node> index_;
  absl::flat_hash_map<std::string, uint32_t> author_index_;
  absl::flat_hash_map<Node, MessageFacts> facts_;
  std::vector<Node> sorted_;  // by id
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_HISTORY_H_
