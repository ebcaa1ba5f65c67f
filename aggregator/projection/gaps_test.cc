#include "aggregator/projection/gaps.h"

#include <algorithm>

#include "aggregator/projection/entity_builder.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using testing::At;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Key;

NumberedDeployment Numbered(int64_t sequence, double minute, const std::string& stream = "app") {
  return {Key(stream + std::to_string(minute)), "argocd", stream, At(minute), sequence, true};
}

std::vector<int64_t> Missing(std::vector<NumberedDeployment> deployments) {
  std::vector<int64_t> missing;
  for (const GapRow& gap : FindGaps(std::move(deployments))) missing.push_back(gap.at_least);
  return missing;
}

TEST(Gaps, AStepOfOneIsNone) { EXPECT_THAT(Missing({Numbered(7, 1), Numbered(8, 2), Numbered(9, 3)}), IsEmpty()); }

TEST(Gaps, AStepOfMoreLeavesOutWhatLiesBetween) {
  const auto gaps = FindGaps({Numbered(25, 9), Numbered(9, 1)});
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].at_least, 15);
  EXPECT_EQ(gaps[0].after, At(1));
  EXPECT_EQ(gaps[0].until, At(9));
  EXPECT_EQ(gaps[0].key, Key("app" + std::to_string(9.0)));
}

TEST(Gaps, WhatCameBeforeTheFirstIsNotKnown) { EXPECT_THAT(Missing({Numbered(100, 1), Numbered(101, 2)}), IsEmpty()); }

TEST(Gaps, CountingThatBeginsAgainAboveZeroLeavesOutWhatIsBelow) {
  EXPECT_THAT(Missing({Numbered(9, 1), Numbered(0, 2), Numbered(1, 3)}), IsEmpty());
  EXPECT_THAT(Missing({Numbered(9, 1), Numbered(3, 2)}), ElementsAre(3));
}

TEST(Gaps, TheSameNumberTwiceIsNone) { EXPECT_THAT(Missing({Numbered(9, 1), Numbered(9, 2)}), IsEmpty()); }

TEST(Gaps, TheNumberDecidesWithinASecond) {
  EXPECT_THAT(Missing({Numbered(3, 1), Numbered(2, 1), Numbered(1, 1)}), IsEmpty());
}

TEST(Gaps, EachStreamIsCountedByItself) {
  EXPECT_THAT(Missing({Numbered(1, 1, "a"), Numbered(5, 2, "b"), Numbered(2, 3, "a"), Numbered(6, 4, "b")}), IsEmpty());
  EXPECT_THAT(Missing({Numbered(1, 1, "a"), Numbered(5, 2, "b"), Numbered(4, 3, "a"), Numbered(7, 4, "b")}),
              ElementsAre(2, 1));
}

TEST(Gaps, CloseWhenTheMissingArrivesInAnyOrder) {
  std::vector<NumberedDeployment> all = {Numbered(1, 1), Numbered(2, 2), Numbered(3, 3), Numbered(4, 4)};
  EXPECT_THAT(Missing({all[0], all[3]}), ElementsAre(2));
  EXPECT_THAT(Missing({all[0], all[2], all[3]}), ElementsAre(1));
  do {
    EXPECT_THAT(Missing(all), IsEmpty());
  } while (std::next_permutation(all.begin(), all.end(), EarlierInStream));
}

TEST(Gaps, NumbersFromOutsideDoNotOverflow) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(Missing({Numbered(0, 1), Numbered(most, 2), Numbered(most - 1, 3)}),
              ElementsAre(1'000'000'000, 1'000'000'000));
}

TEST(Gaps, OfFactsLeaveOutWhatHasNoNumberOrNoEnd) {
  testing::EntityBuilder builder;
  for (int i = 0; i < 4; ++i) builder.Deploy("d" + std::to_string(i), "c", 10 * i).sequence = i;
  std::vector<DeploymentFact> facts = builder.inputs().deployments;
  EXPECT_THAT(FindGaps(facts, ""), IsEmpty());
  facts[1].sequence.reset();
  facts[2].phase = Phase::kPending;
  const auto gaps = FindGaps(facts, "");
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].at_least, 2);
  EXPECT_TRUE(gaps[0].in_scope);
  EXPECT_FALSE(FindGaps(facts, "staging")[0].in_scope);
}

}  // namespace
}  // namespace headway
