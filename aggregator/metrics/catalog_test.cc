#include "aggregator/metrics/catalog.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "headway/v1/policy.pb.h"

namespace headway {
namespace {

std::string Definitions() {
  std::ifstream file(HEADWAY_SOURCE_DIR "/docs/definitions.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(MetricCatalog, HasEveryMeasureAtItsOwnPlace) {
  ASSERT_EQ(AllMetrics().size(), static_cast<size_t>(kMetricCount));
  for (int i = 0; i < kMetricCount; ++i) {
    const MetricInfo& info = AllMetrics()[i];
    EXPECT_EQ(static_cast<int>(info.id), i) << info.name;
    EXPECT_EQ(FindMetric(info.name), info.id);
    EXPECT_THAT(info.unit, testing::AnyOf(testing::StrEq("per_day"), testing::StrEq("seconds"), testing::StrEq("ratio"),
                                          testing::StrEq("count")));
  }
  EXPECT_EQ(FindMetric("velocity"), std::nullopt);
}

TEST(MetricCatalog, DefinitionsPageNamesEveryMeasureAndPart) {
  const std::string page = Definitions();
  ASSERT_FALSE(page.empty());
  for (const MetricInfo& info : AllMetrics()) {
    EXPECT_THAT(page, testing::HasSubstr(absl::StrCat("**", info.name, "**")))
        << "docs/definitions.md does not define it";
    for (const PartInfo& part : info.parts)
      EXPECT_THAT(page, testing::HasSubstr(absl::StrCat("`", part.name, "`"))) << info.name;
  }
}

TEST(MetricCatalog, HasEveryPolicyInTheOrderOfTheContract) {
  const auto* fields = v1::Policies::descriptor();
  ASSERT_EQ(AllPolicies().size(), static_cast<size_t>(fields->field_count()));
  const std::string page = Definitions();
  for (int i = 0; i < fields->field_count(); ++i) {
    EXPECT_EQ(fields->field(i)->name(), AllPolicies()[i].name);
    EXPECT_FALSE(AllPolicies()[i].values.empty());
    if (AllPolicies()[i].values.size() > 1) {
      EXPECT_THAT(AllPolicies()[i].values, testing::Contains(testing::StrEq(AllPolicies()[i].default_value)));
    }
  }
}

TEST(MetricCatalog, BenchmarksAreOfKnownMeasuresAndTheirBandsDoNotOverlap) {
  ASSERT_GT(MetricCatalog().benchmarks_size(), 0);
  for (const v1::Benchmark& benchmark : MetricCatalog().benchmarks()) {
    const auto metric = FindMetric(benchmark.metric());
    ASSERT_TRUE(metric.has_value()) << benchmark.metric();
    EXPECT_FALSE(benchmark.source().empty());
    EXPECT_NE(benchmark.has_mean(), benchmark.bands_size() > 0) << benchmark.name();
    for (int i = 1; i < benchmark.bands_size(); ++i) {
      const auto& better = benchmark.bands(i - 1);
      const auto& worse = benchmark.bands(i);
      if (InfoOf(*metric).lower_is_better) {
        EXPECT_EQ(better.to(), worse.from()) << benchmark.name() << " " << benchmark.metric();
      } else {
        EXPECT_EQ(better.from(), worse.to()) << benchmark.name() << " " << benchmark.metric();
      }
    }
  }
}

TEST(MetricCatalog, QuotesThePublishedFigures) {
  const auto find = [](int year, absl::string_view metric, bool mean) -> const v1::Benchmark* {
    for (const v1::Benchmark& b : MetricCatalog().benchmarks()) {
      if (b.year() == year && b.metric() == metric && b.has_mean() == mean) return &b;
    }
    return nullptr;
  };
  ASSERT_NE(find(2025, "deployment_rework_rate", true), nullptr);
  EXPECT_EQ(find(2025, "deployment_rework_rate", true)->mean(), 0.22);
  EXPECT_EQ(find(2024, "change_fail_rate", true)->mean(), 0.17);
  EXPECT_EQ(find(2025, "change_lead_time", true)->mean(), 5.5);
  ASSERT_NE(find(2023, "change_lead_time", false), nullptr);
  EXPECT_EQ(find(2023, "change_lead_time", false)->bands(0).name(), "elite");
  EXPECT_EQ(find(2023, "change_lead_time", false)->bands(0).to(), 86400);
}

TEST(MetricCatalog, IsServedWhole) {
  const auto& catalog = MetricCatalog();
  EXPECT_EQ(catalog.metrics_size(), kMetricCount);
  EXPECT_EQ(catalog.metrics(0).id(), "deployment_frequency");
  EXPECT_EQ(catalog.policies_size(), static_cast<int>(AllPolicies().size()));
  EXPECT_EQ(catalog.rules_version(), kMetricRulesVersion);
}

}  // namespace
}  // namespace headway
