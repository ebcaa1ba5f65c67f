#include "services/cli/policy_option.h"

#include <google/protobuf/descriptor.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "aggregator/metrics/catalog.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view assignment) {
  v1::Policies policies;
  return std::string(SetPolicy(assignment, &policies).message());
}

TEST(SetPolicy, TakesEveryValueOfTheCatalog) {
  for (const PolicyInfo& info : AllPolicies()) {
    for (const std::string value : info.values) {
      if (value.find(':') != std::string::npos) continue;  // a form, not a value
      v1::Policies policies;
      const absl::Status status = SetPolicy(absl::StrCat(info.name, "=", value), &policies);
      EXPECT_TRUE(status.ok()) << status;
    }
    v1::Policies policies;
    EXPECT_TRUE(SetPolicy(absl::StrCat(info.name, "=", info.default_value), &policies).ok()) << info.name;
  }
}

TEST(SetPolicy, SetsWhatItIsTold) {
  v1::Policies policies;
  for (const char* assignment :
       {"first_deployment=all", "changes=all", "cherry_picks=follow", "bots=Excluded", "roll_out = last",
        "attribution_window=90m", "stream_activity=30d", "degraded_after=1h30m", "minimum_events=5"}) {
    ASSERT_TRUE(SetPolicy(assignment, &policies).ok()) << assignment;
  }
  EXPECT_EQ(policies.first_deployment(), v1::Policies::ALL);
  EXPECT_EQ(policies.changes(), v1::Policies::PULL_REQUESTS_AND_PUSHES);
  EXPECT_EQ(policies.cherry_picks(), v1::Policies::FOLLOW);
  EXPECT_EQ(policies.bots(), v1::Policies::EXCLUDED);
  EXPECT_EQ(policies.roll_out(), v1::Policies::LAST);
  EXPECT_EQ(policies.attribution_window().seconds(), 5400);
  EXPECT_EQ(policies.stream_activity().seconds(), 30 * 86400);
  EXPECT_EQ(policies.degraded_after().seconds(), 5400);
  EXPECT_EQ(policies.minimum_events(), 5);
  ASSERT_TRUE(SetPolicy("degraded_after=off", &policies).ok());
  EXPECT_FALSE(policies.has_degraded_after());
  ASSERT_TRUE(SetPolicy("changes=pull_requests", &policies).ok());
  EXPECT_EQ(policies.changes(), v1::Policies::PULL_REQUESTS);
}

TEST(SetPolicy, NamesWhatItDoesNotKnowAndListsWhatThereIs) {
  EXPECT_THAT(ErrorOf("colour=red"), HasSubstr("there is no policy \"colour\"; there are first_deployment, changes"));
  EXPECT_THAT(ErrorOf("changes=some"), HasSubstr("there is no value \"some\"; there are pull_requests, all"));
  EXPECT_THAT(ErrorOf("changes=changes_unspecified"), HasSubstr("there is no value"));
  EXPECT_THAT(ErrorOf("changes"), HasSubstr("write name=value"));
  EXPECT_THAT(ErrorOf("attribution_window=soon"), HasSubstr("is no duration"));
  EXPECT_THAT(ErrorOf("attribution_window=off"), HasSubstr("is no duration"));
  EXPECT_THAT(ErrorOf("minimum_events=few"), HasSubstr("is no whole number"));
}

TEST(ParseHumanDuration, TakesSumsAndNothingElse) {
  EXPECT_EQ(*ParseHumanDuration("1d12h"), absl::Hours(36));
  EXPECT_EQ(*ParseHumanDuration("2w"), absl::Hours(336));
  EXPECT_EQ(*ParseHumanDuration("45s"), absl::Seconds(45));
  for (const char* text : {"", "5", "h", "-1h", "1.5h", "1h ", "99999999999d", "1y"})
    EXPECT_FALSE(ParseHumanDuration(text).ok()) << text;
}

}  // namespace
}  // namespace headway
