#include "services/base/log.h"

#include "gtest/gtest.h"

namespace headway {
namespace {

TEST(LogLine, IsOneJsonObjectWithTheDataInKeys) {
  EXPECT_EQ(LogLine("info", "T", "batch stored", {{"records", 10}, {"seconds", 0.5}, {"text", "a"}, {"ok", true}}),
            R"({"time":"T","level":"info","message":"batch stored","records":10,"seconds":0.5,"text":"a","ok":true})");
}

TEST(LogLine, EscapesWhatWouldBreakTheLine) {
  EXPECT_EQ(LogLine("error", "T", "m", {{"cause", std::string("a\"b\\c\nd\x01")}}),
            R"({"time":"T","level":"error","message":"m","cause":"a\"b\\c\nd\u0001"})");
}

TEST(LogLine, TellsAStatusByCodeAndMessage) {
  EXPECT_EQ(LogLine("warning", "T", "m", {{"status", absl::UnavailableError("gone")}}),
            R"({"time":"T","level":"warning","message":"m","status":"UNAVAILABLE: gone"})");
}

}  // namespace
}  // namespace headway
