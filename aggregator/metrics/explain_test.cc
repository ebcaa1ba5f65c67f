#include "aggregator/metrics/explain.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/catalog.h"
#include "aggregator/metrics/quantile.h"
#include "aggregator/metrics/random_entity.h"
#include "aggregator/metrics/series.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

const absl::Time kBegin = absl::FromCivil(absl::CivilDay(2025, 3, 1), absl::UTCTimeZone());
constexpr int kDays = 90;

int64_t Micros(double seconds) { return static_cast<int64_t>(seconds * 1e6 + 0.5); }

// The number that follows from the evidence alone, as HowComputed says.
std::optional<double> Recompute(MetricId metric, const std::vector<PositionedEvidence>& evidence,
                                const Window& window) {
  std::vector<int64_t> values;
  std::vector<Observed> observed;
  double counting = 0;
  for (const PositionedEvidence& piece : evidence) {
    if (!piece.evidence.has_value()) continue;
    values.push_back(Micros(piece.evidence.value()));
    observed.push_back({values.back(), !piece.evidence.counts()});
    counting += piece.evidence.counts();
  }
  const double n = static_cast<double>(values.size());
  std::optional<double> median;
  switch (metric) {
    case MetricId::kDeploymentFrequency:
      return n / window.days;
    case MetricId::kFailedAttempts:
    case MetricId::kOpenIncidents:
      return n;
    case MetricId::kChangeFailRate:
    case MetricId::kDeploymentReworkRate:
      return n == 0 ? std::nullopt : std::optional<double>(counting / n);
    case MetricId::kChangeLeadTime:
    case MetricId::kReviewTime:
      median = Quantile(&values, 0.5);
      break;
    case MetricId::kFailedDeploymentRecoveryTime:
    case MetricId::kTimeToRestoreService:
      median = KaplanMeierMedian(observed).value;
      break;
  }
  return median.has_value() ? std::optional<double>(*median / 1e6) : std::nullopt;
}

struct Variant {
  DerivePolicies derive;
  ReadPolicies read;
};

std::vector<Variant> Variants() {
  std::vector<Variant> variants(6);
  variants[1].read = {.first_deployment_all = true, .exclude_bots = true};
  variants[2].read = {.explicit_incidents_only = true};
  variants[3].derive = {
      .follow_cherry_picks = true, .pushes_are_changes = true, .roll_out = DerivePolicies::RollOut::kEach};
  variants[4].derive = {.environment = "staging", .environment_tier = Tier::kStaging};
  variants[5].derive = {.finish_synced = true, .degraded_after = absl::Hours(1)};
  return variants;
}

ExplainInput InputFor(MetricId metric, const EntityInputs& facts, const EntityRows& rows, const Variant& variant,
                      const Window& window) {
  return {.metric = metric,
          .rows = &rows,
          .deployments = facts.deployments,
          .incidents = facts.incidents,
          .window = window,
          .read = variant.read,
          .derive = variant.derive};
}

TEST(Explain, RecomputingFromTheEvidenceGivesTheNumber) {
  int with_value[kMetricCount] = {};
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const EntityInputs facts = testing::RandomEntity(seed, "component:default/a", kBegin, kDays);
    for (const Variant& variant : Variants()) {
      const EntityRows rows = Derive(facts, variant.derive);
      for (const int day : {20, 61, 90}) {
        const absl::Time as_of = kBegin + absl::Hours(24 * day) + absl::Minutes(static_cast<int64_t>(seed));
        const Window window = WindowsOf(as_of, 30, absl::UTCTimeZone()).current;
        for (int i = 0; i < kMetricCount; ++i) {
          const auto metric = static_cast<MetricId>(i);
          const EntityRows* pointer = &rows;
          const Value expected = Evaluate(metric, Rows(&pointer, 1), window, variant.read);
          const auto evidence = Explain(InputFor(metric, facts, rows, variant, window));
          const auto actual = Recompute(metric, evidence, window);
          ASSERT_EQ(actual.has_value(), expected.value.has_value())
              << InfoOf(metric).name << " seed " << seed << " day " << day;
          ASSERT_DOUBLE_EQ(actual.value_or(0), expected.value.value_or(0))
              << InfoOf(metric).name << " seed " << seed << " day " << day;
          with_value[i] += actual.value_or(0) > 0;
        }
      }
    }
  }
  for (int i = 0; i < kMetricCount; ++i)
    EXPECT_GT(with_value[i], 20) << InfoOf(static_cast<MetricId>(i)).name << ": the worlds test nothing";
}

TEST(Explain, PositionsAreInOrderAndOfTheFactAlone) {
  const EntityInputs facts = testing::RandomEntity(7, "component:default/a", kBegin, kDays);
  const EntityRows rows = Derive(facts, {});
  const Window window = WindowsOf(kBegin + absl::Hours(24 * 80), 60, absl::UTCTimeZone()).current;
  const Window shorter = WindowsOf(kBegin + absl::Hours(24 * 80), 30, absl::UTCTimeZone()).current;
  for (const MetricInfo& info : AllMetrics()) {
    const auto all = Explain(InputFor(info.id, facts, rows, {}, window));
    std::set<EvidencePosition> positions;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_TRUE(i == 0 || all[i - 1].position < all[i].position) << info.name;
      positions.insert(all[i].position);
    }
    for (const auto& piece : Explain(InputFor(info.id, facts, rows, {}, shorter)))
      EXPECT_TRUE(positions.count(piece.position)) << info.name;
  }
}

TEST(FactsNamed, AreEnoughForTheWholeExplanation) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const EntityInputs facts = testing::RandomEntity(seed, "component:default/a", kBegin, kDays);
    const EntityRows rows = Derive(facts, {});
    const Window window = WindowsOf(kBegin + absl::Hours(24 * 70), 20, absl::UTCTimeZone()).current;
    for (const MetricInfo& info : AllMetrics()) {
      const ExplainInput whole = InputFor(info.id, facts, rows, {}, window);
      const NamedFacts named = FactsNamed(whole);
      std::vector<DeploymentFact> deployments;
      for (const auto& fact : facts.deployments) {
        if (std::binary_search(named.deployments.begin(), named.deployments.end(), fact.key))
          deployments.push_back(fact);
      }
      std::vector<IncidentFact> incidents;
      for (const auto& fact : facts.incidents) {
        if (std::binary_search(named.incidents.begin(), named.incidents.end(), fact.key)) incidents.push_back(fact);
      }
      ExplainInput reduced = whole;
      reduced.deployments = deployments;
      reduced.incidents = incidents;
      const auto expected = Explain(whole);
      const auto actual = Explain(reduced);
      ASSERT_EQ(actual.size(), expected.size());
      for (size_t i = 0; i < actual.size(); ++i) {
        EXPECT_EQ(actual[i].evidence.SerializeAsString(), expected[i].evidence.SerializeAsString()) << info.name;
      }
    }
  }
}

TEST(Explain, EveryPieceSaysWhatItIsAndWhyItIsLeftOut) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const EntityInputs facts = testing::RandomEntity(seed, "component:default/a", kBegin, kDays);
    const EntityRows rows = Derive(facts, {});
    const Window window = WindowsOf(kBegin + absl::Hours(24 * 80), 60, absl::UTCTimeZone()).current;
    for (const MetricInfo& info : AllMetrics()) {
      for (const auto& piece : Explain(InputFor(info.id, facts, rows, {}, window))) {
        EXPECT_NE(piece.evidence.fact_case(), v1::Evidence::FACT_NOT_SET);
        EXPECT_NE(piece.evidence.has_value(), !piece.evidence.left_out().empty())
            << info.name << ": " << piece.evidence.ShortDebugString();
        EXPECT_EQ(piece.evidence.has_deployment(), !piece.evidence.deployment().key().empty());
      }
    }
  }
}

TEST(Explain, SaysWhyARollOutFailedAndWhatFollows) {
  EntityInputs facts;
  facts.entity_ref = "component:default/a";
  facts.repositories = {{"r", {}, std::make_shared<CommitGraph>()}};
  const char* revisions[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  for (int i = 0; i < 3; ++i) {
    DeploymentFact d;
    d.key.bytes[0] = static_cast<uint8_t>(i + 1);
    d.source = "ci";
    d.source_key = absl::StrCat("run-", i);
    d.environment = "prod";
    d.tier = Tier::kProduction;
    d.stream = "s";
    d.repository = "r";
    d.source_revision = revisions[i];
    d.synced = kBegin + absl::Hours(i);
    d.started = d.synced;
    d.phase = Phase::kSucceeded;
    facts.deployments.push_back(d);
  }
  const EntityRows rows = Derive(facts, {});
  const Window window = WindowsOf(kBegin + absl::Hours(24), 30, absl::UTCTimeZone()).current;
  const auto failures = Explain(InputFor(MetricId::kChangeFailRate, facts, rows, {}, window));
  ASSERT_EQ(failures.size(), 3u);
  EXPECT_FALSE(failures[0].evidence.counts());
  EXPECT_TRUE(failures[1].evidence.counts());
  ASSERT_EQ(failures[1].evidence.because_size(), 1);
  EXPECT_THAT(failures[1].evidence.because(0),
              HasSubstr("rolled back by deployment ci/run-2 (prod, finished 2025-03-01T02:00:00Z)"));
  const auto rework = Explain(InputFor(MetricId::kDeploymentReworkRate, facts, rows, {}, window));
  EXPECT_TRUE(rework.at(2).evidence.counts());
  EXPECT_EQ(rework.at(2).evidence.deployment().kind(), "rollback");
  const auto recovery = Explain(InputFor(MetricId::kFailedDeploymentRecoveryTime, facts, rows, {}, window));
  ASSERT_EQ(recovery.size(), 1u);
  EXPECT_EQ(recovery[0].evidence.value(), 3600);
  EXPECT_EQ(recovery[0].evidence.deployment().key(), "run-1");
}

TEST(HowComputed, SaysItForEveryMeasure) {
  for (const MetricInfo& info : AllMetrics()) {
    EXPECT_THAT(HowComputed(info.id), HasSubstr(info.definition));
    EXPECT_THAT(HowComputed(info.id), HasSubstr("The number is"));
  }
}

TEST(AnswerSeries, CountsOfBucketsSumToTheCountOfTheWindow) {
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const std::vector<SourceState> sources = {{.source = "ci", .covers = v1::SourceStatus::DEPLOYMENTS},
                                            {.source = "r", .covers = v1::SourceStatus::CHANGES},
                                            {.source = "pager", .covers = v1::SourceStatus::INCIDENTS}};
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const EntityInputs facts = testing::RandomEntity(seed, "component:default/a", kBegin, kDays);
    const EntityRows rows = Derive(facts, {});
    const EntityRows* pointer = &rows;
    const Window window = WindowsOf(kBegin + absl::Hours(24 * 80) + absl::Minutes(7), 60, berlin).current;
    for (const MetricInfo& info : AllMetrics()) {
      if (info.id == MetricId::kOpenIncidents) continue;  // a state, not a count of events
      const Value whole = Evaluate(info.id, Rows(&pointer, 1), window, {});
      for (const BucketLength length : {BucketLength::kDay, BucketLength::kWeek, BucketLength::kMonth}) {
        int64_t n = 0;
        for (const v1::SeriesPoint& point : AnswerSeries(info.id, Rows(&pointer, 1), sources, window, length, {})) {
          n += point.measure().n();
          EXPECT_FALSE(point.measure().has_before());
        }
        EXPECT_EQ(n, whole.n) << info.name << " seed " << seed;
      }
    }
  }
}

TEST(AnswerMeasures, NamesOnlyPartsOfTheCatalog) {
  const EntityInputs facts = testing::RandomEntity(3, "component:default/a", kBegin, kDays);
  const EntityRows rows = Derive(facts, {});
  const EntityRows* pointer = &rows;
  const auto windows = WindowsOf(kBegin + absl::Hours(24 * 80), 30, absl::UTCTimeZone());
  const std::vector<Value> values = Evaluate(Rows(&pointer, 1), windows.current, {});
  ASSERT_EQ(values.size(), AllMetrics().size());
  for (size_t i = 0; i < values.size(); ++i) {
    const MetricInfo& info = AllMetrics()[i];
    EXPECT_EQ(values[i].metric, info.id);
    ASSERT_EQ(values[i].parts.size(), info.parts.size()) << info.name;
    for (size_t j = 0; j < info.parts.size(); ++j) EXPECT_STREQ(values[i].parts[j].name, info.parts[j].name);
  }
}

}  // namespace
}  // namespace headway
