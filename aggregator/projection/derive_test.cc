// The rules of docs/definitions.md, one sequence of events a test. Events are in minutes.
#include "aggregator/projection/derive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "aggregator/projection/entity_builder.h"

namespace headway {
namespace {

using ::headway::testing::At;
using ::headway::testing::EntityBuilder;
using ::headway::testing::Key;
using ::headway::testing::RowOf;
using ::headway::testing::Sha;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Kind> Kinds(const EntityRows& rows) {
  std::vector<Kind> kinds;
  for (const DeploymentRow& row : rows.deployments) kinds.push_back(row.kind);
  return kinds;
}

int CountedRollOuts(const EntityRows& rows) {
  return static_cast<int>(
      std::count_if(rows.deployments.begin(), rows.deployments.end(), [](const DeploymentRow& r) { return r.counts; }));
}

// r <- a <- b <- c
EntityBuilder Line() {
  EntityBuilder e;
  e.Commit("r", {}, 0).Commit("a", {"r"}, 1).Commit("b", {"a"}, 2).Commit("c", {"b"}, 3);
  return e;
}

TEST(Kinds, GoingBackAndForwardAgainIsOneRollbackAndOneRedeploy) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "a", 30);
  e.Deploy("d4", "b", 40);
  const EntityRows rows = e.Derive();
  EXPECT_THAT(Kinds(rows), ElementsAre(Kind::kRelease, Kind::kRelease, Kind::kRollback, Kind::kRedeploy));
  EXPECT_EQ(CountedRollOuts(rows), 4);
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].deployment, Key("d2"));
  EXPECT_EQ(rows.failures[0].by, Key("d3"));
}

TEST(Kinds, TheSameWithoutAGraph) {
  EntityBuilder e;
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "a", 30);
  e.Deploy("d4", "b", 40);
  EXPECT_THAT(Kinds(e.Derive()), ElementsAre(Kind::kRelease, Kind::kRelease, Kind::kRollback, Kind::kRedeploy));
}

TEST(Kinds, AnOlderPipelineThatFinishesLateIsOutOfOrderAndIsWhatTheNextReplaces) {
  EntityBuilder e = Line();
  e.Deploy("d1", "b", 10);
  e.Deploy("d2", "a", 20);
  e.Deploy("d3", "b", 30);
  const EntityRows rows = e.Derive();
  EXPECT_THAT(Kinds(rows), ElementsAre(Kind::kRelease, Kind::kOutOfOrder, Kind::kRedeploy));
  EXPECT_EQ(RowOf(rows, "d3").replaced, Key("d2"));
  EXPECT_THAT(rows.failures, IsEmpty());
}

TEST(Kinds, OneImageWithThreeConfigsIsAReleaseAndTwoConfigs) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10).config_revision = "c1";
  e.Deploy("d2", "a", 20).config_revision = "c2";
  e.Deploy("d3", "a", 30).config_revision = "c3";
  const EntityRows rows = e.Derive();
  EXPECT_THAT(Kinds(rows), ElementsAre(Kind::kRelease, Kind::kConfig, Kind::kConfig));
  EXPECT_EQ(CountedRollOuts(rows), 3);
}

TEST(Kinds, ARestartFailsNothingAndARollbackFailsWhatBroughtTheRevision) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "b", 30);  // restart
  e.Deploy("d4", "a", 40);
  const EntityRows rows = e.Derive();
  EXPECT_THAT(Kinds(rows), ElementsAre(Kind::kRelease, Kind::kRelease, Kind::kRedeploy, Kind::kRollback));
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].deployment, Key("d2"));
}

TEST(Kinds, OfTwoThatFinishTogetherTheLesserKeyOfTheSourceComesFirst) {
  EntityBuilder e = Line();
  e.Deploy("v10", "b", 10).key = Key("aaa");
  e.Deploy("v09", "a", 10).key = Key("zzz");
  const EntityRows rows = e.Derive();
  EXPECT_EQ(RowOf(rows, "zzz").kind, Kind::kRelease);
  EXPECT_EQ(RowOf(rows, "aaa").kind, Kind::kRelease);
}

TEST(Kinds, SelfHealIsNeverCountedAndDoesNotRun) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20).effect = Effect::kSelfHeal;
  e.Deploy("d3", "b", 30);
  const EntityRows rows = e.Derive();
  EXPECT_THAT(Kinds(rows), ElementsAre(Kind::kRelease, Kind::kSelfHeal, Kind::kRelease));
  EXPECT_EQ(RowOf(rows, "d3").replaced, Key("d1"));
}

TEST(Kinds, AMonorepoCommitInAnotherPathBringsNoChange) {
  EntityBuilder e;
  e.PathPrefixes({"svc-a"})
      .CommitOfPaths("r", {}, {"svc-a/main.go"})
      .CommitOfPaths("x", {"r"}, {"svc-ab/main.go"})
      .CommitOfPaths("y", {"x"}, {"svc-a/main.go"});
  e.Deploy("d1", "r", 10);
  e.Deploy("d2", "x", 20);
  e.Deploy("d3", "y", 30);
  EXPECT_THAT(Kinds(e.Derive()), ElementsAre(Kind::kRelease, Kind::kRedeploy, Kind::kRelease));
}

TEST(RollOuts, OneRevisionInTwoRegionsCountsOnce) {
  EntityBuilder e = Line();
  e.Deploy("eu1", "a", 10, "eu");
  e.Deploy("us1", "a", 12, "us");
  e.Deploy("eu2", "b", 20, "eu");
  e.Deploy("us2", "b", 22, "us");
  e.Deploy("us3", "a", 30, "us");
  const EntityRows rows = e.Derive();
  EXPECT_EQ(CountedRollOuts(rows), 3);
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].deployment, Key("us2"));
  EXPECT_EQ(rows.failures[0].roll_out, Key("eu2"));
  EXPECT_EQ(rows.failures[0].counted_at, At(20));
}

TEST(RollOuts, TwoRegionsRolledBackTogetherAreOneRollback) {
  EntityBuilder e = Line();
  for (const char* stream : {"eu", "us"}) {
    e.Deploy(std::string(stream) + "1", "a", 10, stream);
    e.Deploy(std::string(stream) + "2", "b", 20, stream);
  }
  e.Deploy("eu3", "a", 30, "eu");
  e.Deploy("us3", "a", 30 + 24 * 60, "us");
  EXPECT_EQ(CountedRollOuts(e.Derive()), 3);
  // One microsecond more, and it is another one.
  EntityBuilder late = e;
  const_cast<EntityInputs&>(late.inputs()).deployments.back().synced += absl::Microseconds(1);
  EXPECT_EQ(CountedRollOuts(late.Derive()), 4);
}

TEST(RollOuts, LastCountsWhenEveryLivingStreamHasIt) {
  EntityBuilder e = Line();
  e.Deploy("eu1", "a", 10, "eu");
  e.Deploy("us1", "a", 12, "us");
  e.Deploy("eu2", "b", 20, "eu");
  DerivePolicies last;
  last.roll_out = DerivePolicies::RollOut::kLast;
  last.as_of = At(100);
  EXPECT_FALSE(RowOf(e.Derive(last), "eu2").counts);
  e.Deploy("us2", "b", 50, "us");
  EXPECT_TRUE(RowOf(e.Derive(last), "us2").counts);
  EXPECT_FALSE(RowOf(e.Derive(last), "eu2").counts);
  last.as_of = At(50);
  EXPECT_FALSE(RowOf(e.Derive(last), "us2").counts);
}

TEST(Ships, WithTheFirstCountedDeploymentThatReachesIt) {
  EntityBuilder e = Line();
  e.Change(1, "a", 1);
  e.Change(2, "b", 2);
  e.Change(3, "c", 3);
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "c", 20);
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.changes, SizeIs(3));
  EXPECT_TRUE(rows.changes[0].baseline);
  EXPECT_EQ(rows.changes[1].shipped_by, Key("d2"));
  EXPECT_EQ(rows.changes[2].shipped_by, Key("d2"));
  EXPECT_FALSE(rows.changes[2].baseline);
}

TEST(Ships, AHotfixBranchCherryPickedToMain) {
  // r - a - p(pick of h) main;  r - h: hotfix branch
  EntityBuilder e;
  e.Commit("r", {}, 0).Commit("h", {"r"}, 1).Commit("a", {"r"}, 2).Commit("p", {"a"}, 3);
  ChangeFact& hotfix = e.Change(7, "p", 3);
  hotfix.cherry_picks = {Sha("h")};
  hotfix.hotfix = true;
  e.Deploy("d0", "r", 5);
  e.Deploy("d1", "h", 10);
  e.Deploy("d2", "p", 20);
  EXPECT_EQ(e.Derive().changes[0].shipped_by, Key("d2"));
  DerivePolicies follow;
  follow.follow_cherry_picks = true;
  const EntityRows rows = e.Derive(follow);
  EXPECT_EQ(rows.changes[0].shipped_by, Key("d1"));
  ASSERT_THAT(rows.rework, SizeIs(1));
  EXPECT_EQ(rows.rework[0].deployment, Key("d1"));
}

TEST(Ships, AMissingParentTruncates) {
  EntityBuilder e;
  e.Commit("b", {"a"}, 2);
  e.Deploy("d1", "b", 10);
  EXPECT_TRUE(RowOf(e.Derive(), "d1").truncated);
  e.Commit("a", {}, 1);
  EXPECT_FALSE(RowOf(e.Derive(), "d1").truncated);
}

TEST(Ships, PushesAreChangesWhenAskedFor) {
  EntityBuilder e = Line();
  e.Change(1, "b", 2);
  e.Deploy("d0", "r", 5);
  e.Deploy("d1", "c", 10);
  DerivePolicies all;
  all.pushes_are_changes = true;
  std::vector<std::string> pushed;
  for (const ChangeRow& row : e.Derive(all).changes) {
    if (row.number == 0) pushed.push_back(row.merge_commit);
  }
  EXPECT_THAT(pushed, ::testing::UnorderedElementsAre(Sha("r"), Sha("a"), Sha("c")));
}

TEST(Blame, AnIncidentDuringADeploymentBlamesItOnceItHasFinished) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 40).started = At(20);
  e.Incident("i", 30, 60);
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(2));
  // Until d2 has finished nobody knows of it, and d1 is blamed.
  EXPECT_EQ(rows.failures[0].deployment, Key("d1"));
  EXPECT_EQ(rows.failures[0].since, At(30));
  EXPECT_EQ(rows.failures[0].until, At(40));
  EXPECT_EQ(rows.failures[1].deployment, Key("d2"));
  EXPECT_EQ(rows.failures[1].since, At(40));
  EXPECT_EQ(rows.failures[1].until, absl::InfiniteFuture());
}

TEST(Blame, AnAutomaticRollbackBeforeTheIncidentIsTypedPassesItOn) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "a", 30);
  e.Incident("i", 40, 50);
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(2));
  EXPECT_EQ(rows.failures[0].cause, FailureCause::kRollback);
  EXPECT_EQ(rows.failures[1].cause, FailureCause::kIncidentInferred);
  EXPECT_EQ(rows.failures[1].deployment, Key("d2"));
}

TEST(Blame, TheAttributionWindowIsClosedBelowAndOpenAbove) {
  for (const auto& [opened, blames] : std::vector<std::pair<double, bool>>{
           {5, false}, {5 + 1e-4, true}, {5 + 24 * 60, true}, {5 + 24 * 60 + 1e-4, false}}) {
    EntityBuilder e = Line();
    e.Deploy("d1", "a", 10);  // started at 5
    e.Incident("i", opened);
    EXPECT_EQ(!e.Derive().failures.empty(), blames) << opened;
  }
}

TEST(Blame, ARollbackOfWhatIsOutOfScopeFailsNothing) {
  // While a rule moves an environment to another tier, deployments of one stream can be in several.
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20).tier = Tier::kStaging;
  e.Deploy("d3", "a", 30);
  e.Incident("i", 40, 50);
  const EntityRows rows = e.Derive();
  EXPECT_EQ(RowOf(rows, "d3").kind, Kind::kRollback);
  EXPECT_THAT(rows.failures, IsEmpty());
  EXPECT_THAT(rows.rework, SizeIs(1));
}

TEST(Blame, AnExplicitLinkIsNeverInferredAlsoWhenItIsBroken) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Incident("i", 20).caused_by = {Key("elsewhere")};
  const EntityRows rows = e.Derive();
  EXPECT_THAT(rows.failures, IsEmpty());
  EXPECT_TRUE(rows.incidents[0].has_link);
}

TEST(Blame, AnExplicitLinkToAChangeBlamesWhatShippedIt) {
  EntityBuilder e = Line();
  e.Change(2, "b", 2);
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "c", 30);
  e.Incident("i", 40).caused_by = {ChangeRef{"forge.example/team/service", 2}};
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].deployment, Key("d2"));
  EXPECT_EQ(rows.failures[0].cause, FailureCause::kIncidentExplicit);
}

TEST(Blame, AnExplicitLinkToARollbackStaysWhereAPersonPutIt) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "a", 30);
  e.Incident("i", 40).caused_by = {Key("d3")};
  const EntityRows rows = e.Derive();
  EXPECT_EQ(rows.failures[1].deployment, Key("d3"));
}

TEST(Blame, WhatTheFirstDeploymentContainsIsBlamedOnlyWhereItIsAttributed) {
  EntityBuilder e = Line();
  e.Change(1, "a", 1);
  e.Deploy("d1", "a", 10);
  e.Incident("i", 20).caused_by = {ChangeRef{"forge.example/team/service", 1}};
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].attribution, Attribution::kOnlyAll);
}

TEST(Blame, IncidentsOfAnotherTierBlameOnlyByLinks) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  IncidentFact& incident = e.Incident("i", 20);
  incident.environment = "staging";
  incident.tier = Tier::kStaging;
  EXPECT_THAT(e.Derive().failures, IsEmpty());
  incident.caused_by = {Key("d1")};
  EXPECT_THAT(e.Derive().failures, SizeIs(1));
}

TEST(Reverts, FailWhatShippedTheirTargetOnlyIfTheyShipLater) {
  EntityBuilder e;
  e.Commit("r", {}, 0).Commit("a", {"r"}, 1).Commit("x", {"a"}, 2, {"a"});
  e.Deploy("d0", "r", 5);
  EntityBuilder together = e;
  together.Deploy("d1", "x", 10);
  EXPECT_THAT(together.Derive().failures, IsEmpty());
  EXPECT_THAT(together.Derive().rework, IsEmpty());
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "x", 20);
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].deployment, Key("d1"));
  EXPECT_EQ(rows.failures[0].ends, At(20));
  ASSERT_THAT(rows.rework, SizeIs(1));
  EXPECT_EQ(rows.rework[0].deployment, Key("d2"));
}

TEST(Reverts, OfARevertIsPlannedWork) {
  EntityBuilder e;
  e.Commit("r", {}, 0).Commit("a", {"r"}, 1).Commit("x", {"a"}, 2, {"a"}).Commit("y", {"x"}, 3, {"x"});
  e.Deploy("d0", "r", 5);
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "x", 20);
  e.Deploy("d3", "y", 30);
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].deployment, Key("d1"));
  EXPECT_THAT(rows.rework, SizeIs(1));
}

TEST(Reverts, OfWhatTheFirstDeploymentContainedAreReworkButFailNothing) {
  EntityBuilder e;
  e.Commit("a", {}, 1).Commit("x", {"a"}, 2, {"a"});
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "x", 20);
  const EntityRows rows = e.Derive();
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].attribution, Attribution::kOnlyAll);
  ASSERT_THAT(rows.rework, SizeIs(1));
  EXPECT_EQ(rows.rework[0].attribution, Attribution::kAlways);
}

TEST(Health, DegradedBeforeHealthyIsAFailedAttempt) {
  EntityBuilder e = Line();
  DeploymentFact& fact = e.Deploy("d1", "a", 10);
  fact.degraded = At(12);
  fact.healthy = At(15);
  EXPECT_TRUE(RowOf(e.Derive(), "d1").failed_attempt);
  DerivePolicies synced;
  synced.finish_synced = true;
  EXPECT_FALSE(RowOf(e.Derive(synced), "d1").failed_attempt);
  EXPECT_EQ(RowOf(e.Derive(synced), "d1").finished, At(10));
}

TEST(Health, DegradedAfterIsAFailureUntilTheNextDeploymentOfTheStream) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10).degraded = At(20);
  e.Deploy("d2", "b", 60);
  DerivePolicies policies;
  policies.degraded_after = absl::Minutes(10);
  const EntityRows rows = e.Derive(policies);
  ASSERT_THAT(rows.failures, SizeIs(1));
  EXPECT_EQ(rows.failures[0].begins, At(20));
  EXPECT_EQ(rows.failures[0].ends, At(60));
  policies.degraded_after = absl::Minutes(9);
  EXPECT_THAT(e.Derive(policies).failures, IsEmpty());
}

TEST(Derive, DoesNotDependOnTheOrderOfItsInput) {
  EntityBuilder e = Line();
  for (int i = 0; i < 12; ++i) {
    e.Deploy("d" + std::to_string(i), std::string(1, "abc"[i % 3]), 10 * (i / 2), i % 2 ? "eu" : "us");
    e.Incident("i" + std::to_string(i), 10 * i + 1, i % 3 ? std::optional<double>(10 * i + 30) : std::nullopt);
  }
  e.Change(1, "a", 1).hotfix = true;
  e.Change(2, "b", 2);
  const EntityRows expected = e.Derive();
  std::mt19937 random(7);
  EntityInputs inputs = e.inputs();
  for (int round = 0; round < 50; ++round) {
    std::shuffle(inputs.deployments.begin(), inputs.deployments.end(), random);
    std::shuffle(inputs.incidents.begin(), inputs.incidents.end(), random);
    std::shuffle(inputs.changes.begin(), inputs.changes.end(), random);
    ASSERT_EQ(Derive(inputs, DerivePolicies{}), expected);
  }
}

}  // namespace
}  // namespace headway
