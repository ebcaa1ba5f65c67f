#include "aggregator/projection/reach.h"

#include <memory>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

std::string Sha(int i) { return absl::StrFormat("%040x", i); }

CommitFact Commit(int i) {
  CommitFact commit;
  commit.sha = Sha(i);
  if (i > 1) commit.parents = {Sha(i - 1)};
  return commit;
}

std::shared_ptr<CommitGraph> Line(int commits) {
  auto graph = std::make_shared<CommitGraph>();
  for (int i = 1; i <= commits; ++i) graph->Add(Commit(i));
  return graph;
}

const StreamName kStream("prod", "app");

TEST(ReachTest, ShipsEachCommitOnce) {
  Reach reach({{"r", {}, Line(5)}});
  EXPECT_EQ(reach.Ship(reach.Locate("r", Sha(3))).commits.size(), 3);
  EXPECT_EQ(reach.Ship(reach.Locate("r", Sha(2))).commits.size(), 0);
  EXPECT_EQ(reach.Ship(reach.Locate("r", Sha(5))).commits.size(), 2);
}

TEST(ReachTest, KnowsWhatWasSeenInAnyOrder) {
  Reach reach({{"r", {}, Line(5)}});
  const GraphPlace fourth = reach.Locate("r", Sha(4));
  EXPECT_FALSE(reach.HasBaseline(fourth));
  reach.See(kStream, fourth, Kind::kRelease, true, false);
  reach.See(kStream, reach.Locate("r", Sha(2)), Kind::kRollback, true, true);
  EXPECT_TRUE(reach.HasBaseline(fourth));
  EXPECT_EQ(reach.Ship(reach.Locate("r", Sha(5))).commits.size(), 1);
}

TEST(ReachTest, AsksTheGraphAboutWhatRuns) {
  Reach reach({{"r", {}, Line(5)}});
  reach.See(kStream, reach.Locate("r", Sha(4)), Kind::kRelease, true, true);
  KindQuestion older{.has_running = true};
  reach.Ask(kStream, reach.Locate("r", Sha(3)), &older);
  EXPECT_TRUE(older.strict_ancestor_of_running);
  KindQuestion back{.has_running = true, .ran_before = true, .first_ran_earlier = true};
  reach.Ask(kStream, reach.Locate("r", Sha(5)), &back);
  EXPECT_TRUE(back.descends_from_running);
  // Another stream has not run it.
  KindQuestion elsewhere;
  reach.Ask({"prod", "other"}, reach.Locate("r", Sha(3)), &elsewhere);
  EXPECT_FALSE(elsewhere.strict_ancestor_of_running);
}

TEST(ReachTest, NamesWhatIsMissingOnce) {
  auto graph = std::make_shared<CommitGraph>();
  graph->Add(Commit(3));
  graph->Add(Commit(4));
  Reach reach({{"r", {}, graph}});
  EXPECT_FALSE(reach.Locate("r", Sha(2)).IsKnown());
  const GraphPlace place = reach.Locate("r", Sha(4));
  EXPECT_EQ(reach.Name(place), std::vector<CommitGraph::Node>{graph->Find(Sha(2))});
  EXPECT_TRUE(reach.Name(place).empty());
  EXPECT_TRUE(reach.Ship(place).truncated);
}

TEST(ReachTest, FitsTheSameGraphGrownAndNoOther) {
  auto graph = Line(3);
  Reach reach({{"r", {"a"}, graph}});
  reach.See(kStream, reach.Locate("r", Sha(3)), Kind::kRelease, true, true);
  reach.Detach();
  EXPECT_FALSE(reach.Attach({{"r", {"b"}, graph}}));
  EXPECT_FALSE(reach.Attach({{"q", {"a"}, graph}}));
  EXPECT_FALSE(reach.Attach({}));
  EXPECT_FALSE(reach.Attach({{"r", {"a"}, Line(3)}})) << "other nodes may have the same numbers";
  auto grown = std::make_shared<CommitGraph>(*graph);
  grown->Add(Commit(4));
  ASSERT_TRUE(reach.Attach({{"r", {"a"}, grown}}));
  EXPECT_EQ(reach.Ship(reach.Locate("r", Sha(4))).commits.size(), 1);
  reach.Detach();
  EXPECT_FALSE(reach.Attach({{"r", {"a"}, graph}})) << "an earlier state of the graph";
}

}  // namespace
}  // namespace headway
