#include "ingester/git/pull_requests.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "ingester/git/reach.h"

namespace headway {
namespace {

using Node = History::Node;

// A commit that names a pull request.
struct Mention {
  Node node = History::kNone;
  size_t line = 0;
  bool exact = false;  // it merges just the head of that pull request
};

using Mentions = std::map<int64_t, std::vector<Mention>>;

bool IsMerge(const History& history, Node node) { return history[node].parents.size() > 1; }

Node HeadOf(const PullHeads& heads, int64_t number) {
  const auto it = heads.find(number);
  return it == heads.end() ? History::kNone : it->second;
}

int64_t NamedBy(const History& history, Node node, const PullHeads& heads) {
  const MessageFacts& facts = history.Facts(node);
  if (facts.merged_number > 0) return facts.merged_number;
  // "(#12)" may be an issue as well. Where heads are known they decide.
  if (!heads.empty() && !heads.contains(facts.squashed_number)) return 0;
  return facts.squashed_number;
}

Mentions CollectMentions(const History& history, const std::vector<BaseLine>& lines, const PullHeads& heads) {
  Mentions mentions;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (Node node : lines[i].commits) {
      const int64_t number = NamedBy(history, node, heads);
      if (number == 0) continue;
      const Node head = HeadOf(heads, number);
      const auto& parents = history[node].parents;
      const bool exact = head != History::kNone && std::find(parents.begin(), parents.end(), head) != parents.end();
      mentions[number].push_back({node, i, exact});
    }
  }
  return mentions;
}

PullRequest Choose(const History& history, const std::vector<BaseLine>& lines, int64_t number,
                   std::vector<Mention> mentions) {
  std::stable_sort(mentions.begin(), mentions.end(), [&](const Mention& a, const Mention& b) {
    return std::forward_as_tuple(!a.exact, history[a.node].committed, a.line) <
           std::forward_as_tuple(!b.exact, history[b.node].committed, b.line);
  });
  PullRequest pull;
  pull.number = number;
  pull.merged_by = mentions.front().node;
  pull.kind = IsMerge(history, pull.merged_by) ? PullRequest::Kind::kMerge : PullRequest::Kind::kSquash;
  pull.head_branch = history.Facts(pull.merged_by).head_branch;
  pull.base_branch = lines[mentions.front().line].branch;
  for (size_t i = 1; i < mentions.size(); ++i) {
    if (mentions[i].line != mentions.front().line) pull.cherry_picks.push_back(mentions[i].node);
  }
  return pull;
}

// Adds what says in its title that it brings a pull request to another branch.
void AddBackports(const History& history, const std::vector<BaseLine>& lines,
                  const absl::flat_hash_map<int64_t, PullRequest*>& by_number) {
  for (const BaseLine& line : lines) {
    for (Node node : line.commits) {
      const auto it = by_number.find(history.Facts(node).backport_of);
      if (it == by_number.end() || it->second->base_branch == line.branch || it->second->merged_by == node) continue;
      it->second->cherry_picks.push_back(node);
    }
  }
}

// Fills in what each pull request brought, going along every line once.
void CollectCommits(const History& history, const std::vector<BaseLine>& lines, const PullHeads& heads,
                    const absl::flat_hash_map<Node, PullRequest*>& merged_by) {
  Reach reach(&history);
  for (const BaseLine& line : lines) {
    const auto is_pull = [&](Node node) { return merged_by.contains(node); };
    if (std::none_of(line.commits.begin(), line.commits.end(), is_pull)) continue;
    reach.Clear();
    if (line.fork != History::kNone) reach.Add(line.fork);
    for (Node node : line.commits) {
      const auto it = merged_by.find(node);
      const auto& parents = history[node].parents;
      std::vector<Node> merged;
      if (it != merged_by.end() && parents.size() < 2) {
        if (const Node head = HeadOf(heads, it->second->number); head != History::kNone)
          it->second->own = reach.Beyond(head);
      }
      for (size_t i = 1; i < parents.size(); ++i) {
        const std::vector<Node> added = reach.Add(parents[i]);
        merged.insert(merged.end(), added.begin(), added.end());
      }
      if (it != merged_by.end() && parents.size() > 1) it->second->landed = it->second->own = std::move(merged);
      reach.Add(node);
    }
  }
}

// The commits of a branch in the order in which they were committed.
void SortByTime(const History& history, std::vector<Node>* nodes) {
  std::sort(nodes->begin(), nodes->end(), [&](Node a, Node b) {
    return std::forward_as_tuple(history[a].committed, history[a].id) <
           std::forward_as_tuple(history[b].committed, history[b].id);
  });
}

// Pull requests that no message names: heads that a merge on a line has as a parent, and heads whose copies lie on a line.
class UnnamedPulls {
 public:
  UnnamedPulls(const History& history, const std::vector<BaseLine>& lines,
               const absl::flat_hash_map<Node, PullRequest*>& named)
      : history_(history), lines_(lines) {
    for (size_t i = 0; i < lines.size(); ++i) {
      for (Node node : lines[i].commits) {
        line_of_[node] = i;
        if (named.contains(node)) continue;
        const auto& parents = history[node].parents;
        for (size_t p = 1; p < parents.size(); ++p) merges_.try_emplace(parents[p], node);
        if (parents.size() < 2) copies_.try_emplace(history[node].copy_key, node);
      }
    }
  }

  std::vector<PullRequest> Find(const PullHeads& heads, const Mentions& named) {
    std::vector<std::pair<int64_t, Node>> open;
    for (const auto& [number, head] : heads) {
      if (!named.contains(number)) open.emplace_back(number, head);
    }
    // Of two with the same commits the later one replaced the earlier one.
    std::sort(open.rbegin(), open.rend());
    std::vector<PullRequest> found;
    for (const auto& [number, head] : open) {
      PullRequest pull;
      pull.number = number;
      if (Merged(head, &pull) || Rebased(head, &pull)) found.push_back(std::move(pull));
    }
    return found;
  }

 private:
  bool Merged(Node head, PullRequest* pull) {
    const auto it = merges_.find(head);
    // What lies on the default branch is also merged into other branches just to keep them up to date.
    if (const auto line = line_of_.find(head); line != line_of_.end() && line->second == 0) return false;
    if (it == merges_.end() || !used_.insert(it->second).second) return false;
    pull->kind = PullRequest::Kind::kMerge;
    pull->merged_by = it->second;
    pull->base_branch = lines_[line_of_[it->second]].branch;
    return true;
  }

  bool Rebased(Node head, PullRequest* pull) {
    if (line_of_.contains(head)) return false;
    const auto it = copies_.find(history_[head].copy_key);
    // A copy is committed after what it was made from; what came before is a head that itself is the copy, as of a backport.
    if (it == copies_.end() || history_[it->second].committed < history_[head].committed) return false;
    if (!used_.insert(it->second).second) return false;
    pull->kind = PullRequest::Kind::kRebase;
    pull->merged_by = it->second;
    pull->base_branch = lines_[line_of_[it->second]].branch;
    Node own = head;
    Node copy = it->second;
    while (own != copy && history_[own].present && history_[own].copy_key == history_[copy].copy_key) {
      pull->own.push_back(own);
      pull->landed.push_back(copy);
      if (history_[own].parents.size() != 1 || history_[copy].parents.size() != 1) break;
      own = history_[own].parents[0];
      copy = history_[copy].parents[0];
    }
    return true;
  }

  const History& history_;
  const std::vector<BaseLine>& lines_;
  absl::flat_hash_map<Node, size_t> line_of_;
  absl::flat_hash_map<Node, Node> merges_;      // second parent -> merge
  absl::flat_hash_map<uint64_t, Node> copies_;  // by History::Commit::copy_key
  absl::flat_hash_set<Node> used_;
};

}  // namespace

PullHeads FindPullHeads(const History& history, const std::vector<GitRef>& refs) {
  PullHeads heads;
  for (const GitRef& ref : refs) {
    std::vector<absl::string_view> parts = absl::StrSplit(ref.name, '/');
    const size_t from = parts.size() > 3 && parts[1] == "remotes" ? 3 : 1;
    if (parts.size() < from + 2) continue;
    const bool forge = parts.size() == from + 3 && parts[from + 2] == "head" &&
                       (parts[from] == "pull" || parts[from] == "merge-requests");
    const bool custom = from == 3 && parts.size() == 5 && (parts[3] == "pr" || parts[3] == "pull");
    int64_t number = 0;
    if ((!forge && !custom) || !absl::SimpleAtoi(parts[from + 1], &number) || number <= 0) continue;
    heads[number] = history.Find(ref.commit);
  }
  return heads;
}

History::Node PullRequest::FirstCommit(const History& history) const {
  Node first = History::kNone;
  for (Node node : own) {
    if (IsMerge(history, node) || !history[node].present) continue;
    if (first == History::kNone ||
        std::forward_as_tuple(history[node].authored, history[node].committed, history[node].id) <
            std::forward_as_tuple(history[first].authored, history[first].committed, history[first].id)) {
      first = node;
    }
  }
  return first;
}

std::vector<PullRequest> FindPullRequests(const History& history, const std::vector<BaseLine>& lines,
                                          const PullHeads& heads) {
  const Mentions mentions = CollectMentions(history, lines, heads);
  std::vector<PullRequest> pulls;
  for (const auto& [number, where] : mentions) pulls.push_back(Choose(history, lines, number, where));
  absl::flat_hash_map<Node, PullRequest*> merged_by;
  for (PullRequest& pull : pulls) merged_by.try_emplace(pull.merged_by, &pull);
  for (const auto& [number, where] : mentions) {
    // A copy on another line is no pull request of its own, also when nobody says so.
    for (const Mention& mention : where) merged_by.try_emplace(mention.node, nullptr);
  }
  std::vector<PullRequest> unnamed = UnnamedPulls(history, lines, merged_by).Find(heads, mentions);
  for (PullRequest& pull : unnamed) pulls.push_back(std::move(pull));
  std::sort(pulls.begin(), pulls.end(), [](const PullRequest& a, const PullRequest& b) { return a.number < b.number; });
  merged_by.clear();
  absl::flat_hash_map<int64_t, PullRequest*> by_number;
  for (PullRequest& pull : pulls) {
    by_number.emplace(pull.number, &pull);
    if (pull.kind != PullRequest::Kind::kRebase) merged_by.try_emplace(pull.merged_by, &pull);
  }
  AddBackports(history, lines, by_number);
  CollectCommits(history, lines, heads, merged_by);
  for (PullRequest& pull : pulls) {
    for (std::vector<Node>* nodes : {&pull.own, &pull.landed, &pull.cherry_picks}) SortByTime(history, nodes);
  }
  return pulls;
}

}  // namespace headway
