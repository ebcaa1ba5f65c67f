#include "aggregator/metrics/series.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

absl::Time At(absl::TimeZone zone, int year, int month, int day, int hour = 0, int minute = 0) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, 0), zone);
}

Window Over(absl::Time start, absl::Time end, absl::TimeZone zone) {
  return {.start = start, .end = end, .as_of = end, .zone = zone, .days = 0};
}

void ExpectSeamless(const Window& window, const std::vector<Window>& buckets) {
  ASSERT_FALSE(buckets.empty());
  EXPECT_EQ(buckets.front().start, window.start);
  EXPECT_EQ(buckets.back().end, window.end);
  for (size_t i = 1; i < buckets.size(); ++i) EXPECT_EQ(buckets[i].start, buckets[i - 1].end);
  for (const Window& bucket : buckets) {
    EXPECT_LT(bucket.start, bucket.end);
    EXPECT_EQ(bucket.as_of, window.as_of);
    EXPECT_GT(bucket.days, 0);
  }
}

TEST(Buckets, DaysAreCutAtBothEndsAndCountByTheirShare) {
  const auto utc = absl::UTCTimeZone();
  const Window window = Over(At(utc, 2024, 2, 28, 18), At(utc, 2024, 3, 1, 6), utc);
  const auto buckets = Buckets(window, BucketLength::kDay);
  ExpectSeamless(window, buckets);
  ASSERT_EQ(buckets.size(), 3u);  // a leap day between
  EXPECT_DOUBLE_EQ(buckets[0].days, 0.25);
  EXPECT_DOUBLE_EQ(buckets[1].days, 1);
  EXPECT_DOUBLE_EQ(buckets[2].days, 0.25);
}

TEST(Buckets, ADayOfDaylightSavingIsOneDay) {
  const auto berlin = Zone("Europe/Berlin");
  const Window window = Over(At(berlin, 2025, 3, 29), At(berlin, 2025, 4, 1), berlin);
  const auto buckets = Buckets(window, BucketLength::kDay);
  ExpectSeamless(window, buckets);
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_EQ(buckets[1].end - buckets[1].start, absl::Hours(23));
  for (const Window& bucket : buckets) EXPECT_DOUBLE_EQ(bucket.days, 1);
  const Window autumn = Over(At(berlin, 2025, 10, 26), At(berlin, 2025, 10, 27), berlin);
  EXPECT_EQ(autumn.end - autumn.start, absl::Hours(25));
  EXPECT_DOUBLE_EQ(Buckets(autumn, BucketLength::kDay).at(0).days, 1);
}

TEST(Buckets, ADayWithoutMidnightBeginsAtItsFirstInstant) {
  const auto beirut = Zone("Asia/Beirut");  // midnight of 2022-03-27 did not happen there
  const Window window = Over(At(beirut, 2022, 3, 26), At(beirut, 2022, 3, 28), beirut);
  const auto buckets = Buckets(window, BucketLength::kDay);
  ExpectSeamless(window, buckets);
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_EQ(buckets[0].end - buckets[0].start, absl::Hours(24));
  EXPECT_EQ(buckets[1].end - buckets[1].start, absl::Hours(23));
}

TEST(Buckets, WeeksBeginOnMonday) {
  const auto utc = absl::UTCTimeZone();
  const Window window = Over(At(utc, 2024, 12, 28), At(utc, 2025, 1, 9), utc);  // a Saturday to a Thursday
  const auto buckets = Buckets(window, BucketLength::kWeek);
  ExpectSeamless(window, buckets);
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_EQ(buckets[1].start, At(utc, 2024, 12, 30));
  EXPECT_EQ(buckets[1].end, At(utc, 2025, 1, 6));
  EXPECT_DOUBLE_EQ(buckets[0].days, 2);
  EXPECT_DOUBLE_EQ(buckets[1].days, 7);
  EXPECT_DOUBLE_EQ(buckets[2].days, 3);
}

TEST(Buckets, AWeekThatBeginsTheWindowIsWhole) {
  const auto utc = absl::UTCTimeZone();
  const Window window = Over(At(utc, 2025, 1, 6), At(utc, 2025, 1, 20), utc);
  EXPECT_EQ(Buckets(window, BucketLength::kWeek).size(), 2u);
}

TEST(Buckets, MonthsHaveTheirOwnLengthAndCrossTheYear) {
  const auto kathmandu = Zone("Asia/Kathmandu");  // +05:45
  const Window window = Over(At(kathmandu, 2023, 12, 1), At(kathmandu, 2024, 3, 1), kathmandu);
  const auto buckets = Buckets(window, BucketLength::kMonth);
  ExpectSeamless(window, buckets);
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_DOUBLE_EQ(buckets[0].days, 31);
  EXPECT_DOUBLE_EQ(buckets[1].days, 31);
  EXPECT_DOUBLE_EQ(buckets[2].days, 29);
}

TEST(Buckets, TheLongestWindowStaysWithinThePointsPromised) {
  const auto newfoundland = Zone("America/St_Johns");
  const absl::Time end = At(newfoundland, 2025, 7, 1, 13, 37);
  const absl::Time start = absl::FromCivil(absl::ToCivilSecond(end, newfoundland) - 3660 * 86400ll, newfoundland);
  const auto buckets = Buckets(Over(start, end, newfoundland), BucketLength::kDay);
  EXPECT_EQ(buckets.size(), 3661u);
}

TEST(CivilDaysBetween, IsAdditive) {
  const auto berlin = Zone("Europe/Berlin");
  const absl::Time start = At(berlin, 2025, 3, 30, 1, 30);
  const absl::Time middle = At(berlin, 2025, 3, 30, 20);
  const absl::Time end = At(berlin, 2025, 4, 2, 9);
  EXPECT_NEAR(CivilDaysBetween(start, middle, berlin) + CivilDaysBetween(middle, end, berlin),
              CivilDaysBetween(start, end, berlin), 1e-9);
}

}  // namespace
}  // namespace headway
