#include "services/cli/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace headway {
namespace {

TEST(ProgressTest, GroupsThousands) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(-123456), "-123,456");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
}

TEST(ProgressTest, ShowsBytesRateAndTimeLeft) {
  EXPECT_EQ(FormatProgress({25'000'000, 100'000'000, 50'000, 0}, absl::Seconds(10)),
            "[######..................]  25 %  25.0 of 100.0 MB  30 s left  50,000 records  5,000/s");
}

TEST(ProgressTest, ShowsWhatIsKnownOfAPipeAndThatItRetries) {
  EXPECT_EQ(FormatProgress({2'500'000, 0, 10, 1}, absl::Seconds(2)), "2.5 MB  10 records  5/s  1 retry");
  EXPECT_EQ(FormatProgress({0, 0, 0, 2}, absl::ZeroDuration()), "0 records  0/s  2 retries");
}

TEST(ProgressTest, PrintsLinesWhole) {
  std::ostringstream err;
  {
    Progress progress(err, [](absl::Duration) { return "working"; });
    progress.Print("a:1: field: reason");
  }
  EXPECT_EQ(err.str(), "a:1: field: reason\n");
}

}  // namespace
}  // namespace headway
