// Which pull requests a history shows.
#ifndef HEADWAY_INGESTER_GIT_PULL_REQUESTS_H_
#define HEADWAY_INGESTER_GIT_PULL_REQUESTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "ingester/git/base_lines.h"
#include "ingester/git/git_repository.h"
#include "ingester/git/history.h"

namespace headway {

// Numbers of pull requests with the last commit of their branch, where the forge's refs were fetched.
using PullHeads = absl::flat_hash_map<int64_t, History::Node>;

// From refs/pull/N/head and refs/merge-requests/N/head, also below refs/remotes, and from refs/remotes/X/pr/N.
PullHeads FindPullHeads(const History& history, const std::vector<GitRef>& refs);

// A merged pull request.
struct PullRequest {
  enum class Kind { kMerge, kSquash, kRebase };
  int64_t number = 0;
  Kind kind = Kind::kMerge;
  // The commit on the base branch that made it part of it.
  History::Node merged_by = History::kNone;
  // The commits of its own branch that its base did not have, merges too, oldest first as far as the times say. Empty: not known.
  std::vector<History::Node> own;
  // The commits that the merge brought to the base branch, without merged_by itself unless it was rebased.
  std::vector<History::Node> landed;
  // Copies of it on other branches.
  std::vector<History::Node> cherry_picks;
  std::string head_branch;
  std::string base_branch;

  // The commit of its own that was written first, no merge. kNone: not known.
  History::Node FirstCommit(const History& history) const;
};

// All that can be recognised, by number. A pull request is a commit on a base line that names it: a merge commit of a forge
// ("Merge pull request #1 from ..."), or a title that ends in "(#1)". Of several such commits the one that merges its head, else the
// one that was committed first, is the merge, and those on other lines are copies. Where heads are known, numbers without a head are
// issues and not recognised from titles; and a branch that nobody named is recognised when its head was merged, or when its commits
// lie on a base line as copies (same author, time and message).
std::vector<PullRequest> FindPullRequests(const History& history, const std::vector<BaseLine>& lines,
                                          const PullHeads& heads);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_PULL_REQUESTS_H_
