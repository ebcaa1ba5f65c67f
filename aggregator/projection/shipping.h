// What ships with which deployment: for every commit of the entity's repositories the first counted deployment that reaches it.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_SHIPPING_H_
#define HEADWAY_AGGREGATOR_PROJECTION_SHIPPING_H_

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "aggregator/projection/timeline.h"

namespace headway {

// Where a change or commit ships. entry: index of a counted deployment on the time line, or -1.
struct Shipment {
  int entry = -1;
  bool baseline = false;  // in what the first deployment contains
};

// A revert and its target, as commits of one repository.
struct RevertPair {
  CommitGraph::Node revert;
  CommitGraph::Node target;
  auto operator<=>(const RevertPair&) const = default;
};

// Labels of one entity under one set of policies. Keeps references to its arguments.
class Shipping {
 public:
  Shipping(const EntityInputs& inputs, const DerivePolicies& policies, const Timeline& timeline);

  Shipment OfChange(const ChangeFact& change) const;
  // sha: a commit of the named repository. Where it is a change's merge commit, that change's shipment.
  Shipment OfCommit(absl::string_view repository, absl::string_view sha) const;
  // Nothing for a change that is not the entity's.
  Shipment OfChangeNumber(absl::string_view repository, int64_t number) const;
  // A commit that is a change by itself (changes = all).
  Shipment OfPush(int repository, CommitGraph::Node node) const;
  // As OfCommit, by node.
  Shipment OfNode(int repository, CommitGraph::Node node) const;

  // True if what the entry ships may be cut at a commit whose parents are not mirrored.
  bool IsTruncated(int entry) const { return truncated_.contains(entry); }

  // All pairs of a repository whose revert may touch the entity's paths, sorted, unique. Pairs whose target is itself a revert are left out: undoing a revert
  // is planned work.
  std::vector<RevertPair> Reverts(int repository) const;

  // Commits pushed directly to what was deployed, see docs/definitions.md ("changes = all"). In order of nodes.
  std::vector<CommitGraph::Node> DirectPushes(int repository) const;

 private:
  struct Labels {
    std::vector<int> first;      // by node: entry, or -1
    std::vector<bool> baseline;  // by node
  };

  void Label(int repository, const Timeline& timeline);
  void IndexChanges();
  int RepositoryIndex(absl::string_view name) const;
  CommitGraph::Node NodeOf(int repository, absl::string_view sha) const;
  // The merge commit that stands for a commit, or the commit itself.
  CommitGraph::Node Representative(int repository, absl::string_view sha) const;
  Shipment ByLabel(int repository, CommitGraph::Node node) const;
  // Where a commit or one of its cherry-picks ships first.
  Shipment EarliestOf(int repository, CommitGraph::Node node, const std::vector<CommitGraph::Node>& picks) const;
  std::vector<CommitGraph::Node> CherryPicksOf(int repository, const ChangeFact& change) const;

  const EntityInputs& inputs_;
  const DerivePolicies& policies_;
  const Timeline& timeline_;
  std::vector<Labels> labels_;
  absl::flat_hash_set<int> truncated_;
  bool MayTouchEntity(int repository, CommitGraph::Node node) const;

  // Per repository: merge commit -> index into inputs.changes.
  std::vector<absl::flat_hash_map<CommitGraph::Node, int>> change_of_merge_;
  // Per repository: commit of a change (merge commit or one of its commits) -> index into inputs.changes; merge commits win.
  std::vector<absl::flat_hash_map<CommitGraph::Node, int>> change_of_commit_;
  // Per repository: number -> index into inputs.changes.
  std::vector<absl::flat_hash_map<int64_t, int>> change_of_number_;
  // Per repository: original commit -> its recognised cherry-picks.
  std::vector<absl::flat_hash_map<CommitGraph::Node, std::vector<CommitGraph::Node>>> cherry_picks_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_SHIPPING_H_
