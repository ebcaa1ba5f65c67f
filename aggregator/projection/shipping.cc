#include "aggregator/projection/shipping.h"

#include <algorithm>

#include "aggregator/projection/flood.h"

namespace headway {
namespace {

using Node = CommitGraph::Node;
constexpr Node kNone = CommitGraph::kNone;

}  // namespace

Shipping::Shipping(const EntityInputs& inputs, const DerivePolicies& policies, const Timeline& timeline)
    : inputs_(inputs), policies_(policies), timeline_(timeline) {
  labels_.resize(inputs.repositories.size());
  for (size_t i = 0; i < inputs.repositories.size(); ++i) Label(static_cast<int>(i), timeline);
  IndexChanges();
}

void Shipping::Label(int repository, const Timeline& timeline) {
  const CommitGraph& graph = *inputs_.repositories[repository].graph;
  Labels& labels = labels_[repository];
  labels.first.assign(graph.size(), -1);
  labels.baseline.assign(graph.size(), false);
  bool baseline_done = false;
  for (size_t i = 0; i < timeline.entries.size(); ++i) {
    const TimelineEntry& entry = timeline.entries[i];
    if (!entry.in_scope || !entry.succeeded || entry.repository != repository || entry.node == kNone) continue;
    if (!baseline_done) {
      FloodUnmarked(graph, entry.node, &labels.baseline);
      baseline_done = true;
    }
    if (!entry.Counts()) continue;
    // Deployments come in order, so the first to reach a commit is the least: the least fixpoint in one pass.
    const bool complete = Flood(graph, entry.node, [&](Node node) {
      if (labels.first[node] >= 0) return false;
      labels.first[node] = static_cast<int>(i);
      return true;
    });
    if (!complete) truncated_.insert(static_cast<int>(i));
  }
}

void Shipping::IndexChanges() {
  const size_t count = inputs_.repositories.size();
  change_of_merge_.resize(count);
  change_of_number_.resize(count);
  cherry_picks_.resize(count);
  for (size_t i = 0; i < inputs_.changes.size(); ++i) {
    const ChangeFact& change = inputs_.changes[i];
    const int repository = RepositoryIndex(change.repository);
    if (repository < 0) continue;
    change_of_number_[repository].emplace(change.number, static_cast<int>(i));
    const Node merge = NodeOf(repository, change.merge_commit);
    // Two changes can name one merge commit (a merge queue's batch): the least number stands for it, whatever the order of input.
    if (merge == kNone) continue;
    const auto [it, inserted] = change_of_merge_[repository].emplace(merge, static_cast<int>(i));
    if (!inserted && change.number < inputs_.changes[it->second].number) it->second = static_cast<int>(i);
  }
  change_of_commit_ = change_of_merge_;
  for (size_t i = 0; i < inputs_.changes.size(); ++i) {
    const ChangeFact& change = inputs_.changes[i];
    const int repository = RepositoryIndex(change.repository);
    if (repository < 0) continue;
    for (const std::string& sha : change.commits) {
      const Node node = NodeOf(repository, sha);
      if (node == kNone) continue;
      const auto [it, inserted] = change_of_commit_[repository].emplace(node, static_cast<int>(i));
      if (inserted) continue;
      const ChangeFact& other = inputs_.changes[it->second];
      const bool other_merged_here = NodeOf(repository, other.merge_commit) == node;
      if (!other_merged_here && change.number < other.number) it->second = static_cast<int>(i);
    }
  }
  for (size_t r = 0; r < count; ++r) {
    const CommitGraph& graph = *inputs_.repositories[r].graph;
    for (const auto& [pick, original] : graph.CherryPicks()) {
      const Node node = graph.Find(original);
      if (node != kNone) cherry_picks_[r][node].push_back(pick);
    }
  }
}

int Shipping::RepositoryIndex(absl::string_view name) const {
  for (size_t i = 0; i < inputs_.repositories.size(); ++i) {
    if (inputs_.repositories[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Node Shipping::NodeOf(int repository, absl::string_view sha) const {
  return sha.empty() ? kNone : inputs_.repositories[repository].graph->Find(sha);
}

Node Shipping::Representative(int repository, absl::string_view sha) const {
  const Node node = NodeOf(repository, sha);
  if (node == kNone) return kNone;
  const auto it = change_of_commit_[repository].find(node);
  if (it == change_of_commit_[repository].end()) return node;
  return NodeOf(repository, inputs_.changes[it->second].merge_commit);
}

Shipment Shipping::ByLabel(int repository, Node node) const {
  if (node == kNone) return {};
  return {labels_[repository].first[node], labels_[repository].baseline[node]};
}

std::vector<Node> Shipping::CherryPicksOf(int repository, const ChangeFact& change) const {
  std::vector<Node> picks;
  for (const std::string& sha : change.cherry_picks) picks.push_back(NodeOf(repository, sha));
  const auto add_picks_of = [&](absl::string_view sha) {
    const auto it = cherry_picks_[repository].find(NodeOf(repository, sha));
    if (it != cherry_picks_[repository].end()) picks.insert(picks.end(), it->second.begin(), it->second.end());
  };
  add_picks_of(change.merge_commit);
  for (const std::string& sha : change.commits) add_picks_of(sha);
  return picks;
}

Shipment Shipping::OfChange(const ChangeFact& change) const {
  const int repository = RepositoryIndex(change.repository);
  if (repository < 0) return {};
  const Node merge = NodeOf(repository, change.merge_commit);
  if (!policies_.follow_cherry_picks) return ByLabel(repository, merge);
  return EarliestOf(repository, merge, CherryPicksOf(repository, change));
}

Shipment Shipping::OfPush(int repository, Node node) const {
  const auto picks = cherry_picks_[repository].find(node);
  if (!policies_.follow_cherry_picks || picks == cherry_picks_[repository].end()) return ByLabel(repository, node);
  return EarliestOf(repository, node, picks->second);
}

Shipment Shipping::EarliestOf(int repository, Node node, const std::vector<Node>& picks) const {
  Shipment shipment = ByLabel(repository, node);
  for (const Node pick : picks) {
    const Shipment other = ByLabel(repository, pick);
    if (other.entry >= 0 && (shipment.entry < 0 || other.entry < shipment.entry)) shipment.entry = other.entry;
    shipment.baseline = shipment.baseline || other.baseline;
  }
  return shipment;
}

Shipment Shipping::OfNode(int repository, Node node) const {
  const auto it = change_of_merge_[repository].find(node);
  return it == change_of_merge_[repository].end() ? ByLabel(repository, node) : OfChange(inputs_.changes[it->second]);
}

Shipment Shipping::OfCommit(absl::string_view repository, absl::string_view sha) const {
  const int index = RepositoryIndex(repository);
  if (index < 0) return {};
  const Node node = NodeOf(index, sha);
  return node == kNone ? Shipment{} : OfNode(index, node);
}

Shipment Shipping::OfChangeNumber(absl::string_view repository, int64_t number) const {
  const int index = RepositoryIndex(repository);
  if (index < 0) return {};
  const auto it = change_of_number_[index].find(number);
  if (it == change_of_number_[index].end() || !inputs_.changes[it->second].touches_entity) return {};
  return OfChange(inputs_.changes[it->second]);
}

bool Shipping::MayTouchEntity(int repository, Node node) const {
  const RepositoryInput& input = inputs_.repositories[repository];
  const std::vector<std::string>* paths = input.graph->Paths(node);
  return input.path_prefixes.empty() || paths == nullptr ||
         std::any_of(paths->begin(), paths->end(),
                     [&](const std::string& path) { return PathBelongs(path, input.path_prefixes); });
}

std::vector<RevertPair> Shipping::Reverts(int repository) const {
  const CommitGraph& graph = *inputs_.repositories[repository].graph;
  // Commits of changes that are not mirrored, such as those of a branch that was squashed, are named by reverts too.
  // Of several changes that name one commit the least number has it, whatever the order of input.
  absl::flat_hash_map<absl::string_view, const ChangeFact*> not_mirrored;
  for (const ChangeFact& change : inputs_.changes) {
    if (RepositoryIndex(change.repository) != repository) continue;
    for (const std::string& sha : change.commits) {
      if (NodeOf(repository, sha) != kNone) continue;
      const auto [it, inserted] = not_mirrored.emplace(sha, &change);
      if (!inserted && change.number < it->second->number) it->second = &change;
    }
  }
  const auto named = [&](absl::string_view sha) {
    const Node node = Representative(repository, sha);
    const auto it = node == kNone ? not_mirrored.find(sha) : not_mirrored.end();
    return it == not_mirrored.end() ? node : NodeOf(repository, it->second->merge_commit);
  };

  std::vector<RevertPair> pairs;
  absl::flat_hash_set<Node> reverts;
  const auto add = [&](Node revert, Node target) {
    if (revert == kNone || !MayTouchEntity(repository, revert)) return;
    // A change that takes back a part of itself reverts nothing.
    if (target == revert || target == Representative(repository, graph.Sha(revert))) return;
    // Also where the target is not known: what reverts something is a revert.
    reverts.insert(revert);
    if (target != kNone) pairs.push_back({revert, target});
  };
  for (const auto& [revert, sha] : graph.Reverts()) add(revert, named(sha));
  for (const ChangeFact& change : inputs_.changes) {
    if (RepositoryIndex(change.repository) != repository || !change.touches_entity) continue;
    const Node revert = NodeOf(repository, change.merge_commit);
    for (const std::string& sha : change.reverts_shas) add(revert, named(sha));
    for (const int64_t number : change.reverts_numbers) {
      const auto it = change_of_number_[repository].find(number);
      if (it != change_of_number_[repository].end()) {
        add(revert, NodeOf(repository, inputs_.changes[it->second].merge_commit));
      }
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());

  std::erase_if(pairs, [&](const RevertPair& pair) {
    if (reverts.contains(pair.target)) return true;
    const auto it = change_of_merge_[repository].find(pair.target);
    if (it == change_of_merge_[repository].end()) return false;
    const std::vector<std::string>& commits = inputs_.changes[it->second].commits;
    return std::any_of(commits.begin(), commits.end(),
                       [&](const std::string& sha) { return reverts.contains(NodeOf(repository, sha)); });
  });
  return pairs;
}

std::vector<Node> Shipping::DirectPushes(int repository) const {
  const CommitGraph& graph = *inputs_.repositories[repository].graph;
  std::vector<bool> first_parent(graph.size());
  for (const TimelineEntry& entry : timeline_.entries) {
    if (!entry.Counts() || entry.repository != repository || !(entry.finished < policies_.as_of)) continue;
    for (Node node = entry.node; node != kNone && !first_parent[node];) {
      first_parent[node] = true;
      const absl::Span<const Node> parents = graph.Parents(node);
      node = parents.empty() ? kNone : parents[0];
    }
  }
  std::vector<bool> of_a_change(graph.size());
  for (const auto& [node, change] : change_of_commit_[repository]) of_a_change[node] = true;
  for (const ChangeFact& change : inputs_.changes) {
    if (RepositoryIndex(change.repository) != repository) continue;
    for (const Node pick : CherryPicksOf(repository, change)) {
      if (pick != kNone) of_a_change[pick] = true;
    }
  }
  std::vector<Node> pushes;
  for (Node node = 0; node < graph.size(); ++node) {
    if (!first_parent[node] || of_a_change[node] || !graph.IsPresent(node) || graph.Parents(node).size() > 1) continue;
    if (MayTouchEntity(repository, node)) pushes.push_back(node);
  }
  return pushes;
}

}  // namespace headway
