#include "aggregator/metrics/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregator/projection/entity_builder.h"

namespace headway {
namespace {

using ::headway::testing::At;
using ::headway::testing::EntityBuilder;
using ::headway::testing::Key;

Window Days(int days, absl::Time as_of, absl::TimeZone zone = absl::UTCTimeZone()) {
  return {MinusCivilDays(as_of, days, zone), as_of, as_of, zone, static_cast<double>(days)};
}

Value Measure(MetricId metric, const EntityBuilder& e, const Window& window, const ReadPolicies& policies = {}) {
  const EntityRows rows = e.Derive();
  const EntityRows* pointer = &rows;
  return Evaluate(metric, Rows(&pointer, 1), window, policies);
}

std::optional<double> PartOf(const Value& value, const std::string& name) {
  for (const Part& part : value.parts) {
    if (name == part.name) return part.value;
  }
  ADD_FAILURE() << "no part " << name;
  return std::nullopt;
}

EntityBuilder Line() {
  EntityBuilder e;
  e.Commit("r", {}, 0).Commit("a", {"r"}, 1).Commit("b", {"a"}, 2).Commit("c", {"b"}, 3);
  return e;
}

TEST(Frequency, WindowsAreHalfOpenToTheMicrosecond) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 0);
  const absl::Time finish = At(0);
  const absl::Duration tick = absl::Microseconds(1);
  const auto n = [&](absl::Time as_of) { return Measure(MetricId::kDeploymentFrequency, e, Days(1, as_of)).n; };
  EXPECT_EQ(n(finish), 0);
  EXPECT_EQ(n(finish + tick), 1);
  EXPECT_EQ(n(finish + absl::Hours(24)), 1);
  EXPECT_EQ(n(finish + absl::Hours(24) + tick), 0);
}

TEST(Frequency, CountsDaysOfAWeek) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 60);
  e.Deploy("d2", "b", 120);
  e.Deploy("d3", "c", 60 + 24 * 60);
  const Value value = Measure(MetricId::kDeploymentFrequency, e, Days(14, At(14 * 24 * 60)));
  EXPECT_EQ(value.n, 3);
  EXPECT_DOUBLE_EQ(*value.value, 3.0 / 14);
  EXPECT_EQ(PartOf(value, "days_per_week"), 1.0);  // two days in one week, none in the other
}

TEST(LeadTime, IsTheInterpolatedMedianAndItsStagesAddUp) {
  EntityBuilder e = Line();
  e.Change(2, "b", 100).first_review = At(90);
  e.Change(3, "c", 200);
  e.Deploy("d0", "a", 50);
  e.Deploy("d1", "b", 130);
  e.Deploy("d2", "c", 300);
  const Value value = Measure(MetricId::kChangeLeadTime, e, Days(30, At(1000)));
  EXPECT_EQ(value.n, 2);
  EXPECT_DOUBLE_EQ(*value.value, (90 + 160) * 60 / 2.0);
  EXPECT_DOUBLE_EQ(*PartOf(value, "p90"), (90 + 0.9 * 70) * 60);
  EXPECT_DOUBLE_EQ(*PartOf(value, "merge_to_deploy"), (30 + 100) * 60 / 2.0);
  EXPECT_DOUBLE_EQ(*PartOf(value, "pickup"), 20 * 60);
  const EntityRows rows = e.Derive();
  for (const ChangeRow& row : rows.changes) {
    const Stages stages = StagesOf(row);
    EXPECT_DOUBLE_EQ(*stages.coding + stages.pickup.value_or(0) + stages.review + stages.deploy,
                     absl::ToDoubleSeconds(row.shipped - *row.first_authored));
  }
}

TEST(LeadTime, AReviewAfterTheMergeIsNoPickup) {
  EntityBuilder e = Line();
  e.Change(2, "b", 100).first_review = At(101);
  e.Deploy("d0", "a", 50);
  e.Deploy("d1", "b", 130);
  const Value value = Measure(MetricId::kChangeLeadTime, e, Days(30, At(1000)));
  EXPECT_EQ(PartOf(value, "pickup"), std::nullopt);
  EXPECT_EQ(PartOf(value, "review"), 30 * 60);
}

TEST(LeadTime, LeavesOutWhatIsNegativeOrUnknown) {
  EntityBuilder e = Line();
  e.Change(2, "b", 100).first_authored = At(500);
  e.Change(3, "c", 100).first_authored.reset();
  e.Deploy("d0", "a", 50);
  e.Deploy("d1", "c", 130);
  const EntityRows rows = e.Derive();
  const EntityRows* pointer = &rows;
  const Window window = Days(30, At(1000));
  const Value value = Evaluate(MetricId::kChangeLeadTime, Rows(&pointer, 1), window, {});
  EXPECT_EQ(value.n, 0);
  EXPECT_EQ(value.value, std::nullopt);
  const CoverageCounts coverage = EvaluateCoverage(Rows(&pointer, 1), window, {});
  EXPECT_EQ(coverage.changes, 2);
  EXPECT_EQ(coverage.negative_spans, 1);
  EXPECT_EQ(coverage.changes_first_commit_unknown, 1);
}

TEST(FailRate, OneDeploymentWithTwoIncidentsFailsOnce) {
  EntityBuilder e = Line();
  for (int i = 0; i < 5; ++i)
    e.Deploy("d" + std::to_string(i), std::string(1, "rabc"[i % 4]) + (i == 4 ? "x" : ""), 2000 * (i + 1));
  e.Incident("i1", 6010, 6100);
  e.Incident("i2", 6020, 6200);
  const Window window = Days(30, At(20000));
  const Value rate = Measure(MetricId::kChangeFailRate, e, window);
  EXPECT_EQ(rate.n, 5);
  EXPECT_DOUBLE_EQ(*rate.value, 0.2);
  const Value recovery = Measure(MetricId::kFailedDeploymentRecoveryTime, e, window);
  EXPECT_EQ(recovery.n, 1);
  EXPECT_DOUBLE_EQ(*recovery.value, (6200 - 6010) * 60);
}

TEST(FailRate, WhatHappensAtAsOfIsUnknown) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Incident("i", 20, 30);
  const auto failed = [&](absl::Time as_of) { return Measure(MetricId::kChangeFailRate, e, Days(1, as_of)).count; };
  EXPECT_EQ(failed(At(20)), 0);
  EXPECT_EQ(failed(At(20) + absl::Microseconds(1)), 1);
  const auto open = [&](absl::Time as_of) { return Measure(MetricId::kTimeToRestoreService, e, Days(1, as_of)).count; };
  EXPECT_EQ(open(At(30)), 1);
  EXPECT_EQ(open(At(30) + absl::Microseconds(1)), 0);
}

TEST(FailRate, BlameMovesOnlyAfterTheLaterDeploymentHasFinished) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 40).started = At(20);
  e.Incident("i", 30);
  const EntityRows rows = e.Derive();
  const auto blamed = [&](absl::Time as_of) {
    std::vector<ObjectKey> keys;
    for (const FailureSpan& span : FailureSpans(rows, as_of, {})) keys.push_back(span.roll_out);
    return keys;
  };
  EXPECT_THAT(blamed(At(40)), ::testing::ElementsAre(Key("d1")));
  EXPECT_THAT(blamed(At(40) + absl::Microseconds(1)), ::testing::ElementsAre(Key("d2")));
}

TEST(Recovery, OpenOnesAreCensoredNotDropped) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 3010);
  e.Incident("i1", 20, 80);
  e.Incident("i2", 3020);
  const Value value = Measure(MetricId::kFailedDeploymentRecoveryTime, e, Days(30, At(4020)));
  EXPECT_EQ(value.n, 2);
  EXPECT_EQ(value.count, 1);
  EXPECT_EQ(value.longest_open, absl::Minutes(1000));
  EXPECT_TRUE(value.more_than);
  EXPECT_DOUBLE_EQ(*value.value, (60 + 1000) * 60 / 2.0);
}

TEST(Recovery, ARollbackEndsItWhereThereIsNoIncident) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Deploy("d2", "b", 20);
  e.Deploy("d3", "a", 50);
  const Value value = Measure(MetricId::kFailedDeploymentRecoveryTime, e, Days(30, At(1000)));
  EXPECT_DOUBLE_EQ(*value.value, 30 * 60);
}

TEST(Restore, ResolvedBeforeOpenedIsLeftOutAndCounted) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Incident("i", 30, 20);
  const EntityRows rows = e.Derive();
  const EntityRows* pointer = &rows;
  const Window window = Days(30, At(1000));
  EXPECT_EQ(Evaluate(MetricId::kTimeToRestoreService, Rows(&pointer, 1), window, {}).n, 0);
  EXPECT_EQ(EvaluateCoverage(Rows(&pointer, 1), window, {}).negative_spans, 2);  // the incident's and the failure's
}

TEST(Pool, CountsAnIncidentOnceAndADeploymentPerEntity) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 10);
  e.Incident("i", 20, 30);
  const EntityRows rows = e.Derive();
  const EntityRows* both[] = {&rows, &rows};
  const Window window = Days(30, At(1000));
  EXPECT_EQ(Evaluate(MetricId::kTimeToRestoreService, Rows(both, 2), window, {}).n, 1);
  EXPECT_EQ(Evaluate(MetricId::kDeploymentFrequency, Rows(both, 2), window, {}).n, 2);
}

TEST(CivilDays, FollowTheClockOnTheWall) {
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const absl::Time noon = absl::FromCivil(absl::CivilSecond(2026, 3, 29, 12, 0, 0), berlin);
  EXPECT_EQ(noon - MinusCivilDays(noon, 1, berlin), absl::Hours(23));  // the clocks went forward
  const absl::Time autumn = absl::FromCivil(absl::CivilSecond(2026, 10, 25, 12, 0, 0), berlin);
  EXPECT_EQ(autumn - MinusCivilDays(autumn, 1, berlin), absl::Hours(25));
  const absl::Time after_gap = absl::FromCivil(absl::CivilSecond(2026, 3, 30, 2, 30, 0), berlin);
  EXPECT_EQ(MinusCivilDays(after_gap, 1, berlin), absl::FromCivil(absl::CivilSecond(2026, 3, 29, 3, 30, 0), berlin));
}

TEST(NextCrossing, IsWhenARowLeavesAWindow) {
  EntityBuilder e = Line();
  e.Deploy("d1", "a", 0);
  const EntityRows rows = e.Derive();
  const EntityRows* pointer = &rows;
  const absl::Time now = At(10);
  EXPECT_EQ(NextCrossing(Rows(&pointer, 1), now, 30, absl::UTCTimeZone()),
            At(0) + absl::Hours(24 * 30) + absl::Microseconds(1));
}

}  // namespace
}  // namespace headway
