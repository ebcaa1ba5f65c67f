#include "aggregator/metrics/answer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

SourceState Mapped(v1::SourceStatus::Covers covers) { return {.source = "s", .covers = covers}; }
SourceState Complete(v1::SourceStatus::Covers covers, absl::Time until) {
  return {.source = "s", .covers = covers, .until = until, .has_status = true};
}

Value Of(MetricId metric, std::optional<double> value, int64_t n) { return {.metric = metric, .value = value, .n = n}; }

v1::Measure Available(MetricId metric, double value, int64_t n) {
  const std::vector<SourceState> sources = {Mapped(v1::SourceStatus::DEPLOYMENTS), Mapped(v1::SourceStatus::CHANGES),
                                            Mapped(v1::SourceStatus::INCIDENTS)};
  return ToMeasure(Of(metric, value, n), sources, kStart, {});
}

TEST(ReasonFor, WithoutASourceThereIsNoNumberNotZero) {
  const v1::Measure measure = ToMeasure(Of(MetricId::kDeploymentFrequency, 0, 0), {}, kStart, {});
  EXPECT_EQ(measure.availability(), v1::Measure::NOT_ENOUGH_DATA);
  EXPECT_EQ(measure.reason(), v1::Measure::NO_SOURCE_MAPPED);
  EXPECT_FALSE(measure.has_value());
}

TEST(ReasonFor, AConnectedSourceWithoutAnyDeploymentIsAFrequencyOfZero) {
  const std::vector<SourceState> sources = {Mapped(v1::SourceStatus::DEPLOYMENTS)};
  for (const MetricId metric : {MetricId::kDeploymentFrequency, MetricId::kFailedAttempts}) {
    const v1::Measure measure = ToMeasure(Of(metric, 0, 0), sources, kStart, {.minimum_events = 5});
    EXPECT_EQ(measure.availability(), v1::Measure::AVAILABLE);
    ASSERT_TRUE(measure.has_value());
    EXPECT_EQ(measure.value(), 0);
  }
}

TEST(ReasonFor, LeadTimeNeedsDeploymentsAndChanges) {
  const Value value = Of(MetricId::kChangeLeadTime, 60, 1);
  EXPECT_EQ(ReasonFor(value, {Mapped(v1::SourceStatus::DEPLOYMENTS)}, kStart, {}), v1::Measure::NO_SOURCE_MAPPED);
  EXPECT_EQ(ReasonFor(value, {Mapped(v1::SourceStatus::CHANGES)}, kStart, {}), v1::Measure::NO_SOURCE_MAPPED);
  EXPECT_EQ(ReasonFor(value, {Mapped(v1::SourceStatus::DEPLOYMENTS), Mapped(v1::SourceStatus::CHANGES)}, kStart, {}),
            v1::Measure::REASON_UNSPECIFIED);
}

TEST(ReasonFor, RatesAndRecoveryDoNotNeedIncidents) {
  const std::vector<SourceState> sources = {Mapped(v1::SourceStatus::DEPLOYMENTS)};
  for (const MetricId metric :
       {MetricId::kChangeFailRate, MetricId::kFailedDeploymentRecoveryTime, MetricId::kDeploymentReworkRate}) {
    EXPECT_EQ(ReasonFor(Of(metric, 0.5, 2), sources, kStart, {}), v1::Measure::REASON_UNSPECIFIED);
  }
  for (const MetricId metric : {MetricId::kTimeToRestoreService, MetricId::kOpenIncidents, MetricId::kReviewTime}) {
    EXPECT_EQ(ReasonFor(Of(metric, 0.5, 2), sources, kStart, {}), v1::Measure::NO_SOURCE_MAPPED);
  }
}

TEST(ReasonFor, ASourceIsSilentWhenItsDataEndsBeforeTheWindowBegins) {
  const Value value = Of(MetricId::kDeploymentFrequency, 0, 0);
  EXPECT_EQ(ReasonFor(value, {Complete(v1::SourceStatus::DEPLOYMENTS, kStart - absl::Microseconds(1))}, kStart, {}),
            v1::Measure::SOURCE_SILENT);
  EXPECT_EQ(ReasonFor(value, {Complete(v1::SourceStatus::DEPLOYMENTS, kStart)}, kStart, {}),
            v1::Measure::REASON_UNSPECIFIED);
}

TEST(ReasonFor, ASourceWithoutAStatusIsNeverSilentNorIsOneAmongSeveralThatReport) {
  const Value value = Of(MetricId::kDeploymentFrequency, 0, 0);
  SourceState old = Mapped(v1::SourceStatus::DEPLOYMENTS);
  old.until = kStart - absl::Hours(1000);
  EXPECT_EQ(ReasonFor(value, {old}, kStart, {}), v1::Measure::REASON_UNSPECIFIED);
  const SourceState silent = Complete(v1::SourceStatus::DEPLOYMENTS, kStart - absl::Hours(1));
  const SourceState reporting = Complete(v1::SourceStatus::DEPLOYMENTS, kStart + absl::Hours(1));
  EXPECT_EQ(ReasonFor(value, {silent, reporting}, kStart, {}), v1::Measure::REASON_UNSPECIFIED);
}

TEST(ReasonFor, BelowTheMinimumThereIsNoNumber) {
  const std::vector<SourceState> sources = {Mapped(v1::SourceStatus::DEPLOYMENTS)};
  EXPECT_EQ(ReasonFor(Of(MetricId::kChangeFailRate, 0.5, 4), sources, kStart, {.minimum_events = 5}),
            v1::Measure::TOO_FEW_EVENTS);
  EXPECT_EQ(ReasonFor(Of(MetricId::kChangeFailRate, 0.5, 5), sources, kStart, {.minimum_events = 5}),
            v1::Measure::REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonFor(Of(MetricId::kChangeFailRate, std::nullopt, 0), sources, kStart, {}),
            v1::Measure::TOO_FEW_EVENTS);
}

TEST(ToMeasure, KeepsThePartsThatAreKnownWhereTheMeasureIsNot) {
  Value value = Of(MetricId::kChangeLeadTime, std::nullopt, 0);
  value.parts = {{"merge_to_deploy", 3600.0, 2}, {"pickup", std::nullopt, 0}};
  const std::vector<SourceState> sources = {Mapped(v1::SourceStatus::DEPLOYMENTS), Mapped(v1::SourceStatus::CHANGES)};
  const v1::Measure measure = ToMeasure(value, sources, kStart, {});
  EXPECT_EQ(measure.reason(), v1::Measure::TOO_FEW_EVENTS);
  ASSERT_EQ(measure.parts_size(), 2);
  EXPECT_EQ(measure.parts(0).value(), 3600);
  EXPECT_FALSE(measure.parts(1).has_value());
  EXPECT_EQ(ToMeasure(value, {}, kStart, {}).parts_size(), 0);
}

TEST(AddBefore, TellsATrendOnlyFromFiveEventsInBothWindows) {
  v1::Measure now = Available(MetricId::kChangeLeadTime, 10, 5);
  AddBefore(Available(MetricId::kChangeLeadTime, 20, 5), &now);
  EXPECT_EQ(now.trend(), v1::Measure::BETTER);
  EXPECT_EQ(now.before(), 20);
  EXPECT_EQ(now.before_n(), 5);
  now = Available(MetricId::kChangeLeadTime, 10, 4);
  AddBefore(Available(MetricId::kChangeLeadTime, 20, 5), &now);
  EXPECT_EQ(now.trend(), v1::Measure::TREND_UNSPECIFIED);
  EXPECT_EQ(now.before(), 20);
  now = Available(MetricId::kChangeLeadTime, 10, 5);
  AddBefore(Available(MetricId::kChangeLeadTime, 20, 4), &now);
  EXPECT_EQ(now.trend(), v1::Measure::TREND_UNSPECIFIED);
}

TEST(AddBefore, MoreDeploymentsAreBetterAndEqualIsTheSame) {
  v1::Measure now = Available(MetricId::kDeploymentFrequency, 2, 60);
  AddBefore(Available(MetricId::kDeploymentFrequency, 1, 30), &now);
  EXPECT_EQ(now.trend(), v1::Measure::BETTER);
  now = Available(MetricId::kDeploymentFrequency, 1, 30);
  AddBefore(Available(MetricId::kDeploymentFrequency, 1, 30), &now);
  EXPECT_EQ(now.trend(), v1::Measure::SAME);
  now = Available(MetricId::kChangeFailRate, 0.2, 30);
  AddBefore(Available(MetricId::kChangeFailRate, 0.1, 30), &now);
  EXPECT_EQ(now.trend(), v1::Measure::WORSE);
}

TEST(AddBefore, ALowerBoundIsComparedOnlyWhereItDecides) {
  v1::Measure now = Available(MetricId::kFailedDeploymentRecoveryTime, 10, 5);
  now.set_more_than(true);
  AddBefore(Available(MetricId::kFailedDeploymentRecoveryTime, 20, 5), &now);
  EXPECT_EQ(now.trend(), v1::Measure::TREND_UNSPECIFIED);
  AddBefore(Available(MetricId::kFailedDeploymentRecoveryTime, 10, 5), &now);
  EXPECT_EQ(now.trend(), v1::Measure::WORSE);
  v1::Measure before = Available(MetricId::kFailedDeploymentRecoveryTime, 20, 5);
  before.set_more_than(true);
  now = Available(MetricId::kFailedDeploymentRecoveryTime, 10, 5);
  AddBefore(before, &now);
  EXPECT_FALSE(now.has_before());
  EXPECT_EQ(now.trend(), v1::Measure::TREND_UNSPECIFIED);
}

TEST(PoolSources, APoolIsCompleteAsFarAsItsLastMember) {
  const std::vector<SourceState> a = {Complete(v1::SourceStatus::DEPLOYMENTS, kStart)};
  const std::vector<SourceState> b = {Complete(v1::SourceStatus::DEPLOYMENTS, kStart - absl::Hours(1)),
                                      Mapped(v1::SourceStatus::CHANGES)};
  const auto pooled = PoolSources({Sources(a), Sources(b)});
  ASSERT_EQ(pooled.size(), 2u);
  EXPECT_EQ(pooled[0], Complete(v1::SourceStatus::DEPLOYMENTS, kStart - absl::Hours(1)));
  EXPECT_EQ(pooled[1], Mapped(v1::SourceStatus::CHANGES));
}

}  // namespace
}  // namespace headway
