// The commit graph of one repository, held compactly for ancestry questions.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_COMMIT_GRAPH_H_
#define HEADWAY_AGGREGATOR_PROJECTION_COMMIT_GRAPH_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace headway {

// What one commit says, as it was observed.
struct CommitFact {
  std::string sha;                   // lower-case hexadecimal, 40 or 64 digits
  std::vector<std::string> parents;  // first parent first
  absl::Time authored;
  absl::Time committed;
  std::optional<std::vector<std::string>> paths;  // absent: not known
  std::vector<std::string> reverts;
  std::vector<std::string> cherry_picked_from;
};

// A growing graph; commits come in any order, and a parent may come after its children. Not thread-safe for writing; any number of
// threads may read while nobody adds. A commit that was only named as a parent is *missing* until it is added.
class CommitGraph {
 public:
  // Index of a commit within this graph. Stable for the graph's life.
  using Node = uint32_t;
  static constexpr Node kNone = 0xffffffff;

  // Adds a commit; adding it again does nothing. False: sha or a parent is no object id.
  bool Add(const CommitFact& commit);

  // The commit's node, also if it is only known as a parent; kNone if it is not known at all.
  Node Find(absl::string_view sha) const;
  // True if the commit itself was added, not only named.
  bool Has(absl::string_view sha) const;
  bool IsPresent(Node node) const { return nodes_[node].present; }

  size_t size() const { return nodes_.size(); }
  // Commits added (not only named).
  size_t present() const { return present_; }
  size_t ApproximateBytes() const;

  absl::Span<const Node> Parents(Node node) const;
  absl::Time Authored(Node node) const { return absl::FromUnixMicros(nodes_[node].authored_us); }
  absl::Time Committed(Node node) const { return absl::FromUnixMicros(nodes_[node].committed_us); }
  std::string Sha(Node node) const;

  // Paths that differ from the first parent; nullptr: not known.
  const std::vector<std::string>* Paths(Node node) const;
  // (commit, target sha) pairs of all commits that say they revert another, in the order added.
  const std::vector<std::pair<Node, std::string>>& Reverts() const { return reverts_; }
  // (commit, original sha) pairs of all commits that say they were cherry-picked.
  const std::vector<std::pair<Node, std::string>>& CherryPicks() const { return cherry_picks_; }

  // True if the commit says that it reverts another.
  bool SaysRevert(Node node) const { return nodes_[node].says_revert; }

  // Which graph this is: copies share it, and a graph that grows keeps it, so that what is known of nodes by number holds for every later graph of the lineage.
  // Of a graph and its copies only one may grow.
  uint64_t lineage() const { return lineage_; }

  // True if ancestor can be reached from descendant over parents (a commit is its own ancestor). O(commits between).
  bool IsAncestor(Node ancestor, Node descendant) const;

 private:
  using ObjectId = std::array<uint8_t, 32>;
  struct Entry {
    ObjectId id;
    int64_t authored_us = 0;
    int64_t committed_us = 0;
    uint32_t first_parent_at = 0;  // index into parents_
    uint16_t parent_count = 0;
    uint8_t id_bytes = 0;
    bool present : 1 = false;
    bool says_revert : 1 = false;
  };

  static uint64_t NewLineage();
  static bool Decode(absl::string_view sha, ObjectId* id, uint8_t* bytes);
  Node Intern(const ObjectId& id, uint8_t bytes);

  std::vector<Entry> nodes_;
  std::vector<Node> parents_;
  absl::flat_hash_map<ObjectId, Node> index_;
  absl::flat_hash_map<Node, std::vector<std::string>> paths_;
  std::vector<std::pair<Node, std::string>> reverts_;
  std::vector<std::pair<Node, std::string>> cherry_picks_;
  size_t present_ = 0;
  uint64_t lineage_ = NewLineage();
  size_t path_bytes_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_COMMIT_GRAPH_H_
