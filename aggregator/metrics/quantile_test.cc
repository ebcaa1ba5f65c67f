#include "aggregator/metrics/quantile.h"

#include <gtest/gtest.h>

#include <random>

namespace headway {
namespace {

TEST(Quantile, InterpolatesAsPercentileContDoes) {
  std::vector<int64_t> two = {100, 1};
  EXPECT_EQ(Quantile(&two, 0.5), 50.5);
  std::vector<int64_t> ten = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  EXPECT_DOUBLE_EQ(*Quantile(&ten, 0.9), 9.1);
  std::vector<int64_t> one = {7};
  EXPECT_EQ(Quantile(&one, 0.9), 7);
  std::vector<int64_t> none;
  EXPECT_EQ(Quantile(&none, 0.5), std::nullopt);
}

TEST(KaplanMeier, EqualsTheMedianWhenNothingIsOpen) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<Observed> observed;
    std::vector<int64_t> values;
    for (size_t i = 0, n = 1 + random() % 60; i < n; ++i) {
      values.push_back(static_cast<int64_t>(random() % 20));
      observed.push_back({values.back(), true});
    }
    const SurvivalMedian median = KaplanMeierMedian(observed);
    EXPECT_EQ(median.value, Quantile(&values, 0.5));
    EXPECT_FALSE(median.more_than);
  }
}

TEST(KaplanMeier, TextbookCurveWithCensoring) {
  // 6-MP arm of Freireich et al. 1963 (21 patients): the median is 23.
  std::vector<Observed> observed;
  for (const int64_t t : {6, 6, 6, 7, 10, 13, 16, 22, 23}) observed.push_back({t, true});
  for (const int64_t t : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) observed.push_back({t, false});
  const SurvivalMedian median = KaplanMeierMedian(observed);
  EXPECT_EQ(median.value, 23);
  EXPECT_FALSE(median.more_than);
}

TEST(KaplanMeier, SaysMoreThanWhereTooMuchIsOpen) {
  const SurvivalMedian above = KaplanMeierMedian({{10, true}, {20, false}, {30, false}});
  EXPECT_EQ(above.value, 30);
  EXPECT_TRUE(above.more_than);
  const SurvivalMedian half = KaplanMeierMedian({{10, true}, {20, false}});
  EXPECT_EQ(half.value, 15);
  EXPECT_TRUE(half.more_than);
  const SurvivalMedian all_open = KaplanMeierMedian({{5, false}});
  EXPECT_EQ(all_open.value, 5);
  EXPECT_TRUE(all_open.more_than);
  EXPECT_EQ(KaplanMeierMedian({}).value, std::nullopt);
}

TEST(KaplanMeier, DecidesOneHalfInExactFractions) {
  // (5/6)(3/5)... = 1/2 exactly after three factors that a censoring keeps from cancelling: 6 at risk, 1 ends (5/6); 1 open; 4 at risk... 3/4; then 4/5 would need
  // another size; so search small worlds for curves that pass through one half and check them against integers.
  std::mt19937 random(3);
  int exact = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<Observed> observed;
    const int n = 2 + static_cast<int>(random() % 10);
    for (int i = 1; i <= n; ++i) observed.push_back({i * 10, random() % 3 != 0});
    int64_t numerator = 1, denominator = 1;
    for (int i = 0; i < n; ++i) {
      if (!observed[static_cast<size_t>(i)].ended) continue;
      numerator *= n - i - 1;
      denominator *= n - i;
      if (2 * numerator > denominator) continue;
      const SurvivalMedian median = KaplanMeierMedian(observed);
      if (2 * numerator < denominator) {
        EXPECT_EQ(median.value, (i + 1) * 10);
      } else {
        ++exact;
        EXPECT_NE(median.value, (i + 1) * 10);
      }
      break;
    }
  }
  EXPECT_GT(exact, 100);
}

}  // namespace
}  // namespace headway
