#include "services/gateway/response_buffer.h"

#include <thread>

#include "gtest/gtest.h"

namespace headway::gateway {
namespace {

class ResponseBufferTest : public ::testing::Test {
 protected:
  bool Append(const std::string& bytes) {
    return buffer_.Append([&](std::string* out) { *out += bytes; });
  }
  void End(const std::string& bytes) {
    buffer_.End([&](std::string* out) { *out += bytes; });
  }

  int wakes_ = 0;
  ResponseBuffer buffer_{10, [this] { ++wakes_; }};
};

TEST_F(ResponseBufferTest, GivesHeadBytesAndEndInOnePartWhereTheyCameTogether) {
  EXPECT_TRUE(buffer_.Start({200, {{"a", "b"}}}));
  Append("bytes");
  End("end");
  const auto part = buffer_.Take("");
  ASSERT_TRUE(part.head);
  EXPECT_EQ(part.head->headers[0].first, "a");
  EXPECT_EQ(part.bytes, "bytesend");
  EXPECT_TRUE(part.is_last);
}

TEST_F(ResponseBufferTest, WakesOnceForWhatIsNotTakenYet) {
  Append("1");
  Append("2");
  EXPECT_EQ(wakes_, 1);
  buffer_.Take("");
  Append("3");
  EXPECT_EQ(wakes_, 2);
}

TEST_F(ResponseBufferTest, HeadCanBeReplacedUntilItHasLeft) {
  EXPECT_TRUE(buffer_.Start({200, {}}));
  EXPECT_TRUE(buffer_.Start({503, {}}));
  EXPECT_EQ(buffer_.Take("").head->status, 503);
  EXPECT_FALSE(buffer_.Start({200, {}}));
  EXPECT_FALSE(buffer_.Take("").head);
}

TEST_F(ResponseBufferTest, TellsTheCallOnceWhenThereIsRoomAgain) {
  EXPECT_TRUE(Append("123456789"));
  EXPECT_FALSE(Append("0"));
  buffer_.Take("");
  EXPECT_TRUE(buffer_.Written());
  EXPECT_FALSE(buffer_.Written());
}

TEST_F(ResponseBufferTest, WhatIsBeingWrittenTakesRoom) {
  Append("12345");
  buffer_.Take("");
  EXPECT_FALSE(Append("67890"));
  EXPECT_TRUE(buffer_.Written()) << "five bytes wait, five more may";
}

TEST_F(ResponseBufferTest, TheEndNeverWaits) {
  End("0123456789 more than there is room for");
  EXPECT_TRUE(buffer_.Take("").is_last);
  EXPECT_FALSE(buffer_.Written());
}

TEST_F(ResponseBufferTest, DropsEverythingOnceAbandoned) {
  EXPECT_FALSE(Append("0123456789"));
  EXPECT_TRUE(buffer_.Abandon());
  EXPECT_FALSE(buffer_.Abandon());
  const int before = wakes_;
  EXPECT_TRUE(Append("0123456789"));
  End("x");
  EXPECT_EQ(buffer_.Take("").bytes, "");
  EXPECT_EQ(wakes_, before);
}

TEST(ResponseBuffer, LosesNothingBetweenTwoThreads) {
  constexpr int kCount = 20000;
  std::atomic<int> wakes = 0;
  std::atomic<bool> room = true;
  ResponseBuffer buffer(64, [&] { ++wakes; });
  std::thread call([&] {
    for (int i = 0; i < kCount; ++i) {
      while (!room.exchange(false)) std::this_thread::yield();
      if (buffer.Append([&](std::string* out) { *out += static_cast<char>(i); })) room = true;
    }
    buffer.End([](std::string*) {});
  });
  std::string all;
  while (true) {
    const auto part = buffer.Take("");
    all += part.bytes;
    if (buffer.Written()) room = true;
    if (part.is_last) break;
  }
  call.join();
  ASSERT_EQ(all.size(), static_cast<size_t>(kCount));
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(all[static_cast<size_t>(i)], static_cast<char>(i));
  EXPECT_GT(wakes, 0);
}

}  // namespace
}  // namespace headway::gateway
