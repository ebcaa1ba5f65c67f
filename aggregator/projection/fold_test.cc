#include "aggregator/projection/fold.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/observation_text.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using testing::PayloadFrom;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

std::string Deployment(const std::string& fields) {
  return PayloadFrom(absl::StrCat("source: 's' deployment { key: 'k' stream: 'a' environment: 'prod' ", fields, " }"));
}

// The fold of every order of the payloads, each of which must be the same.
template <typename Fold>
auto FoldAllOrders(std::vector<std::string> payloads, Fold fold) {
  std::sort(payloads.begin(), payloads.end());
  const auto first = fold(payloads);
  do {
    EXPECT_EQ(fold(payloads).fact, first.fact);
  } while (std::next_permutation(payloads.begin(), payloads.end()));
  return first;
}

TEST(FoldDeployment, TakesEveryField) {
  const FoldedDeployment folded =
      FoldDeployment({Deployment("entity_ref: 'Component:Pay' repository: 'h/o/n' source_revision: 'r' "
                                 "config_revision: 'c' images: 'b:1' images: 'a:1' images: 'b:1' "
                                 "started_at { seconds: 1 } finished_at { seconds: 2 nanos: 123456789 } healthy_at { "
                                 "seconds: 3 } degraded_at { seconds: 4 } "
                                 "phase: SUCCEEDED effect: RESYNC automated: true revision_evidence: 'tag'")});
  EXPECT_TRUE(folded.exists);
  EXPECT_EQ(folded.own_entity_ref, "component:default/pay");
  EXPECT_EQ(folded.raw_environment, "prod");
  EXPECT_EQ(folded.mapped_at, folded.fact.synced);
  const DeploymentFact& fact = folded.fact;
  EXPECT_EQ(fact.key, DeploymentKey("s", "k"));
  EXPECT_EQ(fact.source, "s");
  EXPECT_EQ(fact.source_key, "k");
  EXPECT_EQ(fact.stream, "a");
  EXPECT_EQ(fact.repository, "h/o/n");
  EXPECT_EQ(fact.source_revision, "r");
  EXPECT_EQ(fact.config_revision, "c");
  EXPECT_THAT(fact.images, ElementsAre("a:1", "b:1"));
  EXPECT_EQ(fact.started, At(1));
  EXPECT_EQ(fact.synced, At(2) + absl::Microseconds(123'456));
  EXPECT_EQ(fact.healthy, At(3));
  EXPECT_EQ(fact.degraded, At(4));
  EXPECT_EQ(fact.phase, Phase::kSucceeded);
  EXPECT_EQ(fact.effect, Effect::kResync);
  EXPECT_TRUE(fact.automated);
  EXPECT_EQ(fact.revision_evidence, "tag");
}

TEST(FoldDeployment, TheGreatestVersionHoldsInAnyOrder) {
  const auto folded =
      FoldAllOrders({Deployment("version: 1 phase: SUCCEEDED finished_at { seconds: 1 } source_revision: 'one'"),
                     Deployment("version: 3 phase: FAILED finished_at { seconds: 3 } source_revision: 'three'"),
                     Deployment("version: 2 phase: SUCCEEDED finished_at { seconds: 2 } source_revision: 'two'"),
                     Deployment("version: 3 phase: FAILED finished_at { seconds: 3 } source_revision: 'three'")},
                    FoldDeployment);
  EXPECT_EQ(folded.fact.source_revision, "three");
}

TEST(FoldDeployment, AtOneVersionTheGreatestHashHolds) {
  const std::string one = Deployment("phase: SUCCEEDED finished_at { seconds: 1 } source_revision: 'one'");
  const std::string two = Deployment("phase: SUCCEEDED finished_at { seconds: 1 } source_revision: 'two'");
  const auto folded = FoldAllOrders({one, two}, FoldDeployment);
  EXPECT_EQ(folded.fact.source_revision, ContentHash(one) < ContentHash(two) ? "two" : "one");
}

TEST(FoldDeployment, AFinishedPhaseWinsOverALaterPendingOne) {
  const auto folded = FoldAllOrders({Deployment("version: 9 phase: PENDING started_at { seconds: 5 }"),
                                     Deployment("version: 1 phase: FAILED finished_at { seconds: 7 }")},
                                    FoldDeployment);
  EXPECT_EQ(folded.fact.phase, Phase::kFailed);
  EXPECT_EQ(folded.mapped_at, At(7));
}

TEST(FoldDeployment, APendingOneHasNoFinishAndMapsByItsStart) {
  const FoldedDeployment folded =
      FoldDeployment({Deployment("phase: PENDING started_at { seconds: 5 } finished_at { seconds: 6 }")});
  EXPECT_TRUE(folded.exists);
  EXPECT_EQ(folded.fact.synced, absl::InfiniteFuture());
  EXPECT_EQ(folded.mapped_at, At(5));
}

TEST(FoldDeployment, AWithdrawnOneIsNoneUntilALaterVersionBringsItAgain) {
  const std::string seen = Deployment("version: 1 phase: SUCCEEDED finished_at { seconds: 1 }");
  const std::string withdrawn = Deployment("version: 2 phase: SUCCEEDED finished_at { seconds: 1 } withdrawn: true");
  const std::string again = Deployment("version: 3 phase: SUCCEEDED finished_at { seconds: 1 }");
  EXPECT_TRUE(FoldDeployment({seen}).exists);
  EXPECT_FALSE(FoldDeployment({seen, withdrawn}).exists);
  EXPECT_FALSE(FoldDeployment({withdrawn, seen}).exists);
  EXPECT_TRUE(FoldDeployment({again, withdrawn, seen}).exists);
}

TEST(FoldDeployment, WhatOnlyOneObservationKnowsIsKept) {
  const std::string at = "phase: SUCCEEDED finished_at { seconds: 1 } ";
  const auto folded = FoldAllOrders(
      {Deployment("version: 4 " + at), Deployment("version: 3 automated: true images: 'a:3' " + at),
       Deployment("version: 2 images: 'a:2' effect: RESYNC healthy_at { seconds: 9 } " + at),
       Deployment("version: 1 healthy_at { seconds: 8 } degraded_at { seconds: 5 } effect: SELF_HEAL " + at)},
      FoldDeployment);
  EXPECT_THAT(folded.fact.images, ElementsAre("a:3"));
  EXPECT_EQ(folded.fact.effect, Effect::kResync);
  EXPECT_EQ(folded.fact.healthy, At(8));
  EXPECT_EQ(folded.fact.degraded, At(5));
  EXPECT_TRUE(folded.fact.automated);
}

TEST(FoldDeployment, TheEarlierTimeOfHealthHoldsWhateverTheVersion) {
  const std::string at = "phase: SUCCEEDED finished_at { seconds: 1 } ";
  const auto folded = FoldAllOrders({Deployment("version: 2 healthy_at { seconds: 7 nanos: 1000 } " + at),
                                     Deployment("version: 1 healthy_at { seconds: 7 nanos: 2000 } " + at)},
                                    FoldDeployment);
  EXPECT_EQ(folded.fact.healthy, At(7) + absl::Microseconds(1));
}

TEST(FoldDeployment, NothingIsTakenOverFromAnotherPhaseAWithdrawnOneOrADryRun) {
  const auto folded = FoldAllOrders(
      {Deployment("version: 4 phase: SUCCEEDED finished_at { seconds: 1 }"),
       Deployment("version: 3 phase: FAILED finished_at { seconds: 1 } images: 'a:1' degraded_at { seconds: 1 }"),
       Deployment("version: 2 phase: PENDING automated: true effect: RESYNC"),
       Deployment("version: 1 phase: SUCCEEDED finished_at { seconds: 1 } withdrawn: true healthy_at { seconds: 2 }"),
       Deployment("version: 0 phase: SUCCEEDED finished_at { seconds: 1 } effect: DRY_RUN")},
      FoldDeployment);
  EXPECT_TRUE(folded.exists);
  EXPECT_THAT(folded.fact.images, ElementsAre());
  EXPECT_FALSE(folded.fact.automated);
  EXPECT_EQ(folded.fact.effect, Effect::kChanged);
  EXPECT_FALSE(folded.fact.healthy.has_value() || folded.fact.degraded.has_value());
}

TEST(FoldDeployment, ADryRunIsNone) {
  EXPECT_FALSE(FoldDeployment({Deployment("phase: SUCCEEDED finished_at { seconds: 1 } effect: DRY_RUN")}).exists);
  EXPECT_FALSE(FoldDeployment({}).exists);
}

TEST(FoldDeployment, WithoutAStartItIsAbsent) {
  EXPECT_EQ(FoldDeployment({Deployment("phase: SUCCEEDED finished_at { seconds: 1 }")}).fact.started,
            absl::InfinitePast());
}

std::string Change(const std::string& fields) {
  return PayloadFrom(absl::StrCat("source: 's' change { repository: 'h/o/n' number: 7 ", fields, " }"));
}

TEST(FoldChange, TakesEveryField) {
  const std::string a(40, 'a'), b(40, 'b'), c(40, 'c'), d(40, 'd');
  const FoldedChange folded = FoldChange(
      {Change(absl::StrCat("updated_at { seconds: 9 } opened_at { seconds: 2 } first_commit_authored_at { seconds: 1 } "
                           "first_review_at { seconds: 3 } "
                           "merged_at { seconds: 4 } merge_commit_sha: '",
                           a, "' commit_shas: '", b, "' cherry_pick_shas: '", c,
                           "' bot: true reverts_numbers: 5 reverts_shas: '", d, "' paths { paths: 'x/y' }"))});
  EXPECT_TRUE(folded.exists);
  EXPECT_TRUE(folded.merged);
  EXPECT_EQ(folded.updated, At(9));
  EXPECT_EQ(folded.fact.repository, "h/o/n");
  EXPECT_EQ(folded.fact.number, 7);
  EXPECT_EQ(folded.fact.first_authored, At(1));
  EXPECT_EQ(folded.fact.opened, At(2));
  EXPECT_EQ(folded.fact.first_review, At(3));
  EXPECT_EQ(folded.fact.merged, At(4));
  EXPECT_EQ(folded.fact.merge_commit, a);
  EXPECT_THAT(folded.fact.commits, ElementsAre(b));
  EXPECT_THAT(folded.fact.cherry_picks, ElementsAre(c));
  EXPECT_TRUE(folded.fact.bot);
  EXPECT_FALSE(folded.fact.hotfix);
  EXPECT_THAT(folded.fact.reverts_numbers, ElementsAre(5));
  EXPECT_THAT(folded.fact.reverts_shas, ElementsAre(d));
  ASSERT_TRUE(folded.paths.has_value());
  EXPECT_THAT(*folded.paths, ElementsAre("x/y"));
}

TEST(FoldChange, AMergedOneWinsOverALaterSynchronize) {
  const auto folded =
      FoldAllOrders({Change("updated_at { seconds: 1 }"), Change("updated_at { seconds: 5 } merged_at { seconds: 5 }"),
                     Change("updated_at { seconds: 8 } labels: 'late'"), Change("updated_at { seconds: 1 }")},
                    FoldChange);
  EXPECT_TRUE(folded.merged);
  EXPECT_EQ(folded.updated, At(5));
}

TEST(FoldChange, OfMergedOnesTheLatestHolds) {
  const auto folded = FoldAllOrders({Change("updated_at { seconds: 5 } merged_at { seconds: 5 }"),
                                     Change("updated_at { seconds: 6 } merged_at { seconds: 5 } labels: 'HotFix'"),
                                     Change("updated_at { seconds: 9 }")},
                                    FoldChange);
  EXPECT_TRUE(folded.fact.hotfix);
}

TEST(FoldChange, AHotfixIsToldByLabelOrBranch) {
  EXPECT_TRUE(FoldChange({Change("head_branch: 'hotfix/x'")}).fact.hotfix);
  EXPECT_TRUE(FoldChange({Change("head_branch: 'hotfix-x'")}).fact.hotfix);
  EXPECT_TRUE(FoldChange({Change("labels: 'HOTFIX'")}).fact.hotfix);
  EXPECT_FALSE(FoldChange({Change("head_branch: 'hotfixes' labels: 'no hotfix'")}).fact.hotfix);
}

TEST(FoldChange, PathsThatAreKnownMayBeNone) {
  EXPECT_FALSE(FoldChange({Change("")}).paths.has_value());
  EXPECT_TRUE(FoldChange({Change("paths {}")}).paths.has_value());
}

TEST(FoldEntity, NormalisesWhatItDeclares) {
  const EntityDeclarationFact fact = FoldEntity({PayloadFrom(
      "source: 's' entity { entity_ref: 'Component:Pay' title: 'Pay' aliases: 'component:old' aliases: 'Component:Old' "
      "repositories { repository: 'r2' path_prefixes: '/b/' path_prefixes: './a' } repositories { repository: 'r1' } "
      "repositories { repository: 'r2' path_prefixes: 'a' path_prefixes: 'c' } "
      "repositories { repository: 'r3' path_prefixes: 'x' } repositories { repository: 'r3' } "
      "repositories { repository: 'r4' path_prefixes: '/' path_prefixes: 'x' } }")});
  EXPECT_TRUE(fact.exists);
  EXPECT_EQ(fact.entity_ref, "component:default/pay");
  EXPECT_THAT(fact.aliases, ElementsAre("component:default/old"));
  ASSERT_EQ(fact.repositories.size(), 4);
  EXPECT_EQ(fact.repositories[0], (EntityRepository{"r1", {}}));
  EXPECT_EQ(fact.repositories[1], (EntityRepository{"r2", {"a", "b", "c"}}));
  EXPECT_EQ(fact.repositories[2], (EntityRepository{"r3", {}}));
  EXPECT_EQ(fact.repositories[3], (EntityRepository{"r4", {}}));
}

TEST(FoldEntity, TheGreatestVersionHolds) {
  const std::string one = PayloadFrom("source: 's' entity { entity_ref: 'component:pay' version: 1 title: 'one' }");
  const std::string two = PayloadFrom("source: 's' entity { entity_ref: 'component:pay' version: 2 deleted: true }");
  EXPECT_TRUE(FoldEntity({one, two}).deleted);
  EXPECT_TRUE(FoldEntity({two, one}).deleted);
  EXPECT_EQ(FoldEntity({one}).title, "one");
  EXPECT_FALSE(FoldEntity({}).exists);
}

TEST(FoldStreamMapping, WithoutSinceItHoldsAlways) {
  const StreamMappingFact fact = FoldStreamMapping(
      {PayloadFrom("source: 's' stream_mapping { id: 'm' stream: 'a' entity_ref: 'Component:Pay' }")});
  EXPECT_EQ(fact.source, "s");
  EXPECT_EQ(fact.entity_ref, "component:default/pay");
  EXPECT_EQ(fact.since, absl::InfinitePast());
}

TEST(FoldSourceStatus, TheLatestTimeHolds) {
  const std::string early = PayloadFrom("source: 's' source_status { covers: CHANGES complete_until { seconds: 5 } }");
  const std::string late = PayloadFrom(
      "source: 's' source_status { covers: CHANGES complete_until { seconds: 9 } entity_refs: 'component:b' "
      "entity_refs: 'component:A' }");
  for (const auto& order : {std::vector<std::string>{early, late}, std::vector<std::string>{late, early}}) {
    const SourceStatusFact fact = FoldSourceStatus(order);
    EXPECT_EQ(fact.complete_until, At(9));
    EXPECT_EQ(fact.covers, v1::SourceStatus::CHANGES);
    EXPECT_THAT(fact.entity_refs, ElementsAre("component:default/a", "component:default/b"));
  }
}

TEST(FoldSourceStatus, WhatWasSaidLastHoldsButNothingBecomesUnreported) {
  const std::string before = PayloadFrom(
      "source: 's' source_status { covers: CHANGES complete_until { seconds: 9 } reported_at { seconds: 10 } "
      "entity_refs: 'component:a' }");
  const std::string after = PayloadFrom(
      "source: 's' source_status { covers: CHANGES complete_until { seconds: 0 } reported_at { seconds: 11 } "
      "entity_refs: 'component:b' }");
  for (const auto& order : {std::vector<std::string>{before, after}, std::vector<std::string>{after, before}}) {
    const SourceStatusFact fact = FoldSourceStatus(order);
    EXPECT_EQ(fact.complete_until, At(9));
    EXPECT_THAT(fact.entity_refs, ElementsAre("component:default/b"));
  }
}

TEST(Fold, IgnoresPayloadsOfAnotherKindOrNone) {
  EXPECT_FALSE(FoldChange({Deployment("phase: SUCCEEDED"), "\xff\xff"}).exists);
}

}  // namespace
}  // namespace headway
