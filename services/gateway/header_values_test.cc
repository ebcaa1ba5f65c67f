// The encodings that stand in headers: grpc-message, grpc-timeout, and which names may cross.
#include "gmock/gmock.h"
#include "services/gateway/grpc_timeout.h"
#include "services/gateway/metadata_filter.h"
#include "services/gateway/percent_encoding.h"
#include "services/gateway/routes.h"

namespace headway::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(PercentEncode, KeepsPrintableAsciiAndEncodesTheRest) {
  EXPECT_EQ(PercentEncode("plain, with ~ and \"quotes\""), "plain, with ~ and \"quotes\"");
  EXPECT_EQ(PercentEncode("100%\r\n"), "100%25%0D%0A");
  EXPECT_EQ(PercentEncode("é\x7f"), "%C3%A9%7F");
}

TEST(ParseGrpcTimeout, ReadsEveryUnit) {
  EXPECT_EQ(ParseGrpcTimeout("2H"), absl::Hours(2));
  EXPECT_EQ(ParseGrpcTimeout("3M"), absl::Minutes(3));
  EXPECT_EQ(ParseGrpcTimeout("4S"), absl::Seconds(4));
  EXPECT_EQ(ParseGrpcTimeout("5m"), absl::Milliseconds(5));
  EXPECT_EQ(ParseGrpcTimeout("6u"), absl::Microseconds(6));
  EXPECT_EQ(ParseGrpcTimeout("7n"), absl::Nanoseconds(7));
  EXPECT_EQ(ParseGrpcTimeout("0S"), absl::ZeroDuration());
  EXPECT_EQ(ParseGrpcTimeout("99999999H"), absl::Hours(99'999'999));
}

TEST(ParseGrpcTimeout, RefusesEverythingElse) {
  for (const char* text : {"", "S", "5", "5s", "-5S", "+5S", " 5S", "5S ", "5.0S", "123456789S", "0x5S", "5SS"}) {
    EXPECT_FALSE(ParseGrpcTimeout(text)) << text;
  }
}

TEST(MayCross, KeepsBackWhatBelongsToTheConnectionOrToTheProtocols) {
  for (const char* name : {"connection", "te", "transfer-encoding", "host", "cookie", "set-cookie", "content-type",
                           "grpc-timeout", "grpc-status", "origin", "sec-fetch-site", "x-forwarded-for",
                           "proxy-authorization", "", "Upper", ":path", "with space"}) {
    EXPECT_FALSE(MayCross(name)) << name;
  }
  for (const char* name : {"authorization", "x-request-id", "headway-user", "a_b.c-bin"})
    EXPECT_TRUE(MayCross(name)) << name;
}

TEST(ToMetadata, PassesWhatIsListedAndDecodesBinaryValues) {
  const MetadataRules rules{.request = {"authorization", "x-*"}, .response = {}};
  const auto metadata =
      ToMetadata(rules, {{"authorization", "Bearer t"}, {"cookie", "c"}, {"other", "o"}, {"x-a-bin", "AAE, /w=="}});
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_THAT(*metadata, ElementsAre(Pair("authorization", "Bearer t"), Pair("x-a-bin", std::string("\0\1", 2)),
                                     Pair("x-a-bin", "\xff")));
}

TEST(ToMetadata, CannotBeToldToPassWhatMustNot) {
  const MetadataRules rules{.request = {"*"}, .response = {"*"}};
  EXPECT_THAT(*ToMetadata(rules, {{"cookie", "c"}, {"te", "trailers"}, {"grpc-timeout", "1S"}}), IsEmpty());
  Headers headers;
  AddFromMetadata(rules, "content-length", "7", &headers);
  AddFromMetadata(rules, "access-control-allow-origin", "*", &headers);
  AddFromMetadata(rules, "grpc-status", "0", &headers);
  EXPECT_THAT(headers, IsEmpty());
}

TEST(ToMetadata, NamesTheHeaderThatCannotBeRead) {
  const MetadataRules rules{.request = {"x-*"}, .response = {}};
  EXPECT_EQ(ToMetadata(rules, {{"x-a-bin", "*"}}).status().message(), "header x-a-bin: not base64");
  EXPECT_EQ(ToMetadata(rules, {{"x-b", "\xc3\xa9"}}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AddFromMetadata, EncodesBinaryValuesAndDropsWhatIsNotListed) {
  const MetadataRules rules{.request = {}, .response = {"x-*"}};
  Headers headers;
  AddFromMetadata(rules, "x-a-bin", "\xff", &headers);
  AddFromMetadata(rules, "x-b", "b", &headers);
  AddFromMetadata(rules, "x-c", "c\r\nset-cookie: c", &headers);
  AddFromMetadata(rules, "other", "o", &headers);
  EXPECT_THAT(headers, ElementsAre(Pair("x-a-bin", "/w"), Pair("x-b", "b")));
}

TEST(ServiceOf, TakesExactlyAServiceAndAMethod) {
  EXPECT_EQ(ServiceOf("/headway.v1.MetricsService/GetEntityMetrics"), "headway.v1.MetricsService");
  EXPECT_EQ(ServiceOf("/Plain/M"), "Plain");
  for (const char* target :
       {"",      "/",     "//",      "/a",  "/a/",          "//b", "/a/b/c", "/a/b?c", "/a/b#c",  "/a%2e/b",
        "/a./b", "/.a/b", "/a..b/c", "a/b", "http://h/a/b", "*",   "/1a/b",  "/a/b ",  "/a/b%00", "/../b"}) {
    EXPECT_EQ(ServiceOf(target), "") << target;
  }
  EXPECT_EQ(ServiceOf("/" + std::string(300, 'a') + "/b"), "");
}

TEST(ParseRoute, ReadsAnAddressAloneOrWithItsServices) {
  const auto plain = ParseRoute("127.0.0.1:7400");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->services, "headway.v1.*");
  const auto named = ParseRoute("headway.v1.IngestService=unix:/run/x");
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->services, "headway.v1.IngestService");
  EXPECT_EQ(named->address, "unix:/run/x");
  for (const char* text : {"", "=", "a=", "*=127.0.0.1:1", "a/b=127.0.0.1:1"})
    EXPECT_FALSE(ParseRoute(text).ok()) << text;
}

TEST(FindRoute, TakesTheLongestThatFits) {
  const std::vector<Route> routes = {{"headway.v1.*", "a"}, {"headway.v1.IngestService", "b"}};
  EXPECT_EQ(FindRoute(routes, "headway.v1.MetricsService"), 0u);
  EXPECT_EQ(FindRoute(routes, "headway.v1.IngestService"), 1u);
  EXPECT_EQ(FindRoute(routes, "headway.v1."), std::nullopt);
  EXPECT_EQ(FindRoute(routes, "headway.v2.MetricsService"), std::nullopt);
  EXPECT_EQ(FindRoute(routes, "grpc.reflection.v1alpha.ServerReflection"), std::nullopt);
  EXPECT_EQ(FindRoute(routes, ""), std::nullopt);
}

}  // namespace
}  // namespace headway::gateway
