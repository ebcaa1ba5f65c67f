#include "ingester/git/base_lines.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace headway {
namespace {

struct Tip {
  int rank = 0;
  std::string branch;
  std::string ref;
  History::Node node = History::kNone;
};

// "refs/remotes/origin/release-1.2" -> "release-1.2". Empty: no branch.
std::string BranchOf(absl::string_view ref) {
  if (absl::ConsumePrefix(&ref, "refs/heads/")) return std::string(ref);
  if (!absl::ConsumePrefix(&ref, "refs/remotes/")) return "";
  const size_t slash = ref.find('/');
  return slash == absl::string_view::npos ? "" : std::string(ref.substr(slash + 1));
}

// Branches that live long come before those that come and go, which may have been cut from them.
int RankOf(const std::string& branch, const std::string& default_branch) {
  if (branch == default_branch) return 0;
  for (const char* lasting : {"release", "stable", "maint", "support", "develop", "main", "master", "trunk"}) {
    if (absl::StartsWith(branch, lasting)) return 1;
  }
  const size_t digit = absl::StartsWith(branch, "v") ? 1 : 0;
  if (branch.size() > digit && branch[digit] >= '0' && branch[digit] <= '9') return 1;
  for (const char* passing : {"dependabot/", "renovate/", "gh-readonly-queue/", "revert-"}) {
    if (absl::StartsWith(branch, passing)) return 3;
  }
  return 2;
}

bool IsPullHead(absl::string_view ref) {
  return absl::StrContains(ref, "/pull/") || absl::StrContains(ref, "/merge-requests/") ||
         (absl::StartsWith(ref, "refs/remotes/") && absl::StrContains(ref, "/pr/"));
}

std::vector<Tip> SortedTips(const History& history, const std::vector<GitRef>& refs,
                            const std::string& default_branch) {
  std::vector<Tip> tips;
  for (const GitRef& ref : refs) {
    if (IsPullHead(ref.name)) continue;
    Tip tip{4, BranchOf(ref.name), ref.name, history.Find(ref.commit)};
    if (tip.branch.empty() && !absl::StartsWith(ref.name, "refs/tags/")) continue;
    if (!tip.branch.empty()) tip.rank = RankOf(tip.branch, default_branch);
    tips.push_back(std::move(tip));
  }
  // Of a branch that is here twice the state of the remote comes first: it is where pull requests land ("refs/remotes" sorts
  // after "refs/heads").
  std::sort(tips.begin(), tips.end(), [](const Tip& a, const Tip& b) {
    return std::tie(a.rank, a.branch, b.ref) < std::tie(b.rank, b.branch, a.ref);
  });
  return tips;
}

}  // namespace

std::vector<BaseLine> BuildBaseLines(const History& history, const std::vector<GitRef>& refs,
                                     const std::string& default_branch) {
  std::vector<BaseLine> lines;
  std::vector<bool> taken(history.size(), false);
  for (const Tip& tip : SortedTips(history, refs, default_branch)) {
    BaseLine line;
    line.branch = tip.branch;
    History::Node node = tip.node;
    while (node != History::kNone && history[node].present && !taken[node]) {
      taken[node] = true;
      line.commits.push_back(node);
      node = history[node].parents.empty() ? History::kNone : history[node].parents[0];
    }
    if (line.commits.empty()) continue;
    line.fork = node;
    std::reverse(line.commits.begin(), line.commits.end());
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace headway
