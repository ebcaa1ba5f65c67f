#include "services/base/timestamp.h"

#include <gtest/gtest.h>

namespace headway {
namespace {

TEST(ToTimestamp, KeepsMicrosecondsBeforeAndAfterTheEpoch) {
  EXPECT_EQ(ToTimestamp(absl::FromUnixMicros(1'500'001)).nanos(), 500'001'000);
  EXPECT_EQ(ToTimestamp(absl::FromUnixMicros(-1)).seconds(), -1);
  EXPECT_EQ(ToTimestamp(absl::FromUnixMicros(-1)).nanos(), 999'999'000);
}

TEST(ToTimestamp, EndsOfTimeAreEndsOfTheRange) {
  EXPECT_EQ(ToTimestamp(absl::InfinitePast()).seconds(), -62135596800);
  EXPECT_EQ(ToTimestamp(absl::InfiniteFuture()).seconds(), 253402300799);
}

TEST(ToTime, GivesBackWhatWasGivenToTheMicrosecond) {
  for (const int64_t micros :
       {-62135596800'000'000, int64_t{-1}, int64_t{0}, int64_t{1'500'001}, 253402300799'999'999}) {
    EXPECT_EQ(ToTime(ToTimestamp(absl::FromUnixMicros(micros))), absl::FromUnixMicros(micros)) << micros;
  }
  EXPECT_EQ(ToTime(ToTimestamp(absl::FromUnixNanos(1'999))), absl::FromUnixMicros(1));
}

}  // namespace
}  // namespace headway
