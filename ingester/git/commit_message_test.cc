#include "ingester/git/commit_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSha[] = "0123456789abcdef0123456789abcdef01234567";

TEST(CommitMessageTest, ReadsMergesOfForges) {
  MessageFacts facts = ReadCommitMessage("Merge pull request #12 from owner/feature/x\n\nA title\n");
  EXPECT_EQ(facts.merged_number, 12);
  EXPECT_EQ(facts.head_branch, "feature/x");
  facts = ReadCommitMessage("Merge branch 'fix' into 'main'\n\nA title\n\nSee merge request group/project!34");
  EXPECT_EQ(facts.merged_number, 34);
  EXPECT_EQ(facts.head_branch, "fix");
  facts = ReadCommitMessage("Merged in fix-it (pull request #56)\n\nA title");
  EXPECT_EQ(facts.merged_number, 56);
  EXPECT_EQ(facts.head_branch, "fix-it");
}

TEST(CommitMessageTest, ReadsTheNumberAtTheEndOfTheTitleOnly) {
  EXPECT_EQ(ReadCommitMessage("fix: it (#7)\n\nbody (#8)").squashed_number, 7);
  EXPECT_EQ(ReadCommitMessage("fix: it (!7)").squashed_number, 7);
  EXPECT_EQ(ReadCommitMessage("Revert \"fix: it (#7)\" (#9)").squashed_number, 9);
  for (const char* none : {"fix #7", "fix (#7) it", "fix (#)", "fix (#7a)", "fix (7)", "(#99999999999999999999)", ""}) {
    EXPECT_TRUE(ReadCommitMessage(none).Empty()) << none;
  }
}

TEST(CommitMessageTest, ReadsWhatIsReverted) {
  MessageFacts facts =
      ReadCommitMessage(std::string("Revert \"fix: it (#7)\" (#9)\n\nThis reverts commit ") + kSha + ".");
  EXPECT_TRUE(facts.revert_title);
  EXPECT_THAT(facts.reverts, ElementsAre(kSha));
  EXPECT_THAT(facts.reverts_numbers, ElementsAre(7));
  facts = ReadCommitMessage("fix(x): Revert \"fix: it (#7)\" (#9)");
  EXPECT_TRUE(facts.revert_title);
  EXPECT_THAT(facts.reverts_numbers, ElementsAre(7));
  facts = ReadCommitMessage("Merge pull request #9 from o/revert-7-fix\n\nRevert \"fix: it\"");
  EXPECT_TRUE(facts.revert_title);
  EXPECT_THAT(facts.reverts_numbers, ElementsAre(7));
  facts = ReadCommitMessage("Revert \"fix: it\" (#9)\n\nReverts owner/name#8\nReverts the effect of #1");
  EXPECT_THAT(facts.reverts_numbers, ElementsAre(8));
  facts = ReadCommitMessage("Undo\n\nThis reverts commit 0123456, and\nthis reverts commit nothing");
  EXPECT_FALSE(facts.revert_title);
  EXPECT_THAT(facts.reverts, ElementsAre("0123456"));
  EXPECT_THAT(ReadCommitMessage("Undo\n\nThis reverts commit 12345.").reverts, IsEmpty());
}

TEST(CommitMessageTest, ReadsWhatIsCopied) {
  EXPECT_THAT(ReadCommitMessage(std::string("fix\n\n(cherry picked from commit ") + kSha + ")").cherry_picked_from,
              ElementsAre(kSha));
  EXPECT_EQ(ReadCommitMessage("fix (#34) (#56)").backport_of, 34);
  EXPECT_EQ(ReadCommitMessage("fix (cherry-pick #34 for 1.9) (#56)").backport_of, 34);
  EXPECT_EQ(ReadCommitMessage("fix: Revert \"it (#34)\" (#56)").backport_of, 0);
  EXPECT_EQ(ReadCommitMessage("fix (#56)").backport_of, 0);
}

}  // namespace
}  // namespace headway
