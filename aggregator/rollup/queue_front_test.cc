#include "aggregator/rollup/queue_front.h"

#include "gtest/gtest.h"

namespace headway {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

absl::Time At(int milliseconds) { return kStart + absl::Milliseconds(milliseconds); }

TEST(QueueFrontTest, StaysBehindWhatWasSeen) {
  QueueFront front;
  EXPECT_EQ(front.From(At(0)), 0);
  front.Saw(1000, At(0));
  front.Saw(2000, At(100));
  // Item 1500 may commit now.
  EXPECT_EQ(front.From(At(110)), 0);
  front.Saw(3000, At(260));
  EXPECT_EQ(front.From(At(270)), 1000);
  front.Saw(std::nullopt, At(600));
  EXPECT_EQ(front.From(At(610)), 1000);
  front.Saw(4000, At(620));
  EXPECT_EQ(front.From(At(630)), 3000);
}

TEST(QueueFrontTest, LooksFromTheStartEverySecond) {
  QueueFront front;
  EXPECT_EQ(front.From(At(0)), 0);
  front.Saw(1000, At(0));
  front.Saw(2000, At(300));
  EXPECT_EQ(front.From(At(999)), 1000);
  EXPECT_EQ(front.From(At(1000)), 0);
  EXPECT_EQ(front.From(At(1001)), 1000);
}

}  // namespace
}  // namespace headway
