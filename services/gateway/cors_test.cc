#include "services/gateway/cors.h"

#include "gmock/gmock.h"

namespace headway::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const CorsRules kRules{.origins = {"https://portal.example.org"}, .request_headers = {"authorization", "headway-*"}};

TEST(CheckOrigin, AllowsWhatIsListed) {
  EXPECT_EQ(CheckOrigin(kRules, {{"origin", "https://portal.example.org"}}), OriginCheck::kAllowed);
  EXPECT_EQ(CheckOrigin({.origins = {"*"}, .request_headers = {}}, {{"origin", "https://any.example"}}),
            OriginCheck::kAllowed);
}

TEST(CheckOrigin, HasNothingToSayToOthers) {
  EXPECT_EQ(CheckOrigin(kRules, {}), OriginCheck::kNone);
  EXPECT_EQ(CheckOrigin(kRules, {{"origin", "https://portal.example.org.evil"}, {"host", "127.0.0.1:7480"}}),
            OriginCheck::kNone);
  EXPECT_EQ(CheckOrigin(kRules, {{"origin", "http://portal.example.org"}, {"host", "127.0.0.1:7480"}}),
            OriginCheck::kNone);
}

TEST(CheckOrigin, RefusesAPageWhoseNameWasPointedHere) {
  EXPECT_EQ(CheckOrigin(kRules, {{"origin", "http://evil.example:7480"}, {"host", "evil.example:7480"}}),
            OriginCheck::kRefused);
}

TEST(PreflightHeaders, AllowsThoseHeadersThatWereAskedForAndAreKnown) {
  const Headers answer = PreflightHeaders(
      kRules,
      {{"origin", "https://portal.example.org"},
       {"access-control-request-headers", "Content-Type, x-grpc-web,authorization, headway-a, x-evil, cookie"}});
  EXPECT_EQ(Find(answer, "access-control-allow-origin"), "https://portal.example.org");
  EXPECT_EQ(Find(answer, "access-control-allow-methods"), "POST");
  EXPECT_EQ(Find(answer, "access-control-allow-headers"), "content-type, x-grpc-web, authorization, headway-a");
}

TEST(AddCorsHeaders, ExposesTheOutcomeAndWhatTheAnswerHas) {
  Headers answer = {{"grpc-status", "0"}, {"headway-a", "1"}};
  AddCorsHeaders("https://portal.example.org", &answer);
  EXPECT_EQ(Find(answer, "access-control-expose-headers"),
            "grpc-status, grpc-message, grpc-status-details-bin, headway-a");
  EXPECT_EQ(Find(answer, "vary"), "origin");
}

}  // namespace
}  // namespace headway::gateway
