// What the message of a commit says about where it comes from.
#ifndef HEADWAY_INGESTER_GIT_COMMIT_MESSAGE_H_
#define HEADWAY_INGESTER_GIT_COMMIT_MESSAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway {

// All of it is only a claim: whoever reads it compares it with the history.
struct MessageFacts {
  // "Merge pull request #12 from owner/branch" (and what other forges write): number and branch.
  int64_t merged_number = 0;
  std::string head_branch;
  // "Some title (#12)": the number at the end of the title.
  int64_t squashed_number = 0;
  // "Some title (#34) (#56)", "Some title (cherry-pick #34 for 1.9) (#56)": the pull request that is brought to another branch.
  int64_t backport_of = 0;
  // The title (of a merge: of what was merged) is 'Revert "..."'.
  bool revert_title = false;
  // Object ids, or beginnings of at least 7 digits, in lower case.
  std::vector<std::string> reverts;             // "This reverts commit 1234567"
  std::vector<std::string> cherry_picked_from;  // "(cherry picked from commit 1234567)"
  // Only with revert_title: "Reverts owner/name#12", 'Revert "Some title (#12)"', or the branch "revert-12-some-branch".
  std::vector<int64_t> reverts_numbers;

  // Nothing was said.
  bool Empty() const {
    return merged_number == 0 && squashed_number == 0 && !revert_title && reverts.empty() && cherry_picked_from.empty();
  }
};

// Pure.
MessageFacts ReadCommitMessage(absl::string_view message);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_COMMIT_MESSAGE_H_
