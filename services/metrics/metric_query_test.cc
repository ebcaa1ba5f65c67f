#include "services/metrics/metric_query.h"

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/catalog.h"
#include "gmock/gmock.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixMicros(1'750'000'000'123'456);

std::string ErrorOf(const v1::MetricScope& scope) {
  const absl::StatusOr<MetricQuery> query = CheckScope(scope, kNow);
  if (query.ok()) return "";
  EXPECT_EQ(query.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(query.status().message());
}

TEST(CheckScope, FillsEveryDefault) {
  const absl::StatusOr<MetricQuery> query = CheckScope({}, kNow);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(query->days, 30);
  EXPECT_EQ(query->as_of, kNow);
  EXPECT_TRUE(query->stored);
  EXPECT_EQ(query->derive, DerivePolicies());
  EXPECT_EQ(query->read, ReadPolicies());
  EXPECT_EQ(query->scope.window_days(), 30);
  EXPECT_EQ(query->scope.time_zone(), "UTC");
  EXPECT_EQ(query->scope.as_of().nanos(), 123'456'000);
  const v1::Policies& policies = query->scope.policies();
  EXPECT_EQ(policies.attribution_window().seconds(), 86400);
  EXPECT_EQ(policies.stream_activity().seconds(), 30 * 86400);
  EXPECT_FALSE(policies.has_degraded_after());
  EXPECT_EQ(policies.minimum_events(), 1);
}

TEST(CheckScope, FillsTheDefaultsThatTheCatalogTells) {
  const absl::StatusOr<MetricQuery> query = CheckScope({}, kNow);
  ASSERT_TRUE(query.ok());
  const v1::Policies& policies = query->scope.policies();
  const auto* reflection = policies.GetReflection();
  int enums = 0;
  for (const PolicyInfo& info : AllPolicies()) {
    const auto* field = v1::Policies::descriptor()->FindFieldByName(info.name);
    ASSERT_NE(field, nullptr);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_ENUM) continue;
    std::string name = reflection->GetEnum(policies, field)->name();
    for (char& c : name) c = static_cast<char>(tolower(c));
    EXPECT_EQ(name, info.default_value) << info.name;
    ++enums;
  }
  EXPECT_EQ(enums, 7);
}

TEST(CheckScope, SplitsPoliciesIntoThoseThatShapeRowsAndThoseThatSelect) {
  v1::MetricScope scope;
  scope.mutable_policies()->set_first_deployment(v1::Policies::ALL);
  scope.mutable_policies()->set_bots(v1::Policies::EXCLUDED);
  scope.mutable_policies()->set_incident_attribution(v1::Policies::EXPLICIT);
  scope.mutable_policies()->set_minimum_events(5);
  absl::StatusOr<MetricQuery> query = CheckScope(scope, kNow);
  ASSERT_TRUE(query.ok());
  EXPECT_TRUE(query->stored);
  EXPECT_EQ(query->read, (ReadPolicies{true, true, true, 5}));
  scope.mutable_policies()->set_cherry_picks(v1::Policies::FOLLOW);
  query = CheckScope(scope, kNow);
  EXPECT_FALSE(query->stored);
  EXPECT_TRUE(query->derive.follow_cherry_picks);
  scope.clear_policies();
  scope.set_environment("eu");
  query = CheckScope(scope, kNow);
  EXPECT_FALSE(query->stored);
  EXPECT_EQ(query->derive.environment, "eu");
}

TEST(CheckScope, RowsOfRollOutLastHoldForOneInstant) {
  v1::MetricScope scope;
  scope.mutable_policies()->set_roll_out(v1::Policies::LAST);
  const absl::StatusOr<MetricQuery> query = CheckScope(scope, kNow);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->derive.as_of, kNow);
  scope.mutable_policies()->set_roll_out(v1::Policies::EACH);
  EXPECT_EQ(CheckScope(scope, kNow)->derive.as_of, absl::InfiniteFuture());
}

TEST(CheckScope, NamesTheWindowOutOfRange) {
  v1::MetricScope scope;
  for (const int days : {-1, 3661}) {
    scope.set_window_days(days);
    EXPECT_THAT(ErrorOf(scope), StartsWith("scope.window_days: ")) << days;
  }
  for (const int days : {1, 3660}) {
    scope.set_window_days(days);
    EXPECT_EQ(ErrorOf(scope), "") << days;
  }
}

TEST(CheckScope, NamesABadTimeZone) {
  v1::MetricScope scope;
  for (const char* name :
       {"Europe/Berln", "/etc/localtime", "../etc/passwd", "localtime", "file:x", "Europe/../../etc/passwd", " UTC"}) {
    scope.set_time_zone(name);
    EXPECT_THAT(ErrorOf(scope), StartsWith(absl::StrCat("scope.time_zone: \"", name, "\""))) << name;
  }
  for (const char* name : {"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Etc/GMT+12"}) {
    scope.set_time_zone(name);
    EXPECT_EQ(ErrorOf(scope), "") << name;
  }
}

TEST(CheckScope, TakesNoTimeOutOfRange) {
  v1::MetricScope scope;
  *scope.mutable_as_of() = ToTimestamp(kNow + absl::Hours(1));
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.as_of: it is in the future"));
  *scope.mutable_as_of() = ToTimestamp(kNow + absl::Minutes(4));
  EXPECT_EQ(ErrorOf(scope), "");
  scope.mutable_as_of()->set_seconds(-1);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.as_of: "));
  scope.mutable_as_of()->set_seconds(1);
  scope.mutable_as_of()->set_nanos(-1);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.as_of: "));
  scope.mutable_as_of()->set_seconds(1ll << 60);
  scope.mutable_as_of()->set_nanos(0);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.as_of: "));
}

TEST(CheckScope, WhatIsBeforeAsOfStaysBeforeIt) {
  v1::MetricScope scope;
  scope.mutable_as_of()->set_seconds(1'700'000'000);
  scope.mutable_as_of()->set_nanos(1'001);
  const absl::StatusOr<MetricQuery> query = CheckScope(scope, kNow);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->as_of, absl::FromUnixMicros(1'700'000'000'000'002));
}

TEST(CheckScope, NamesAPolicyThatIsOutOfRange) {
  v1::MetricScope scope;
  scope.mutable_policies()->mutable_attribution_window()->set_seconds(0);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.policies.attribution_window: "));
  scope.clear_policies();
  scope.mutable_policies()->mutable_roll_out_window()->set_seconds(367 * 86400);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.policies.roll_out_window: "));
  scope.clear_policies();
  scope.mutable_policies()->mutable_stream_activity()->set_seconds(-5);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.policies.stream_activity: "));
  scope.clear_policies();
  scope.mutable_policies()->mutable_degraded_after();
  EXPECT_THAT(ErrorOf(scope), HasSubstr("leave it out for off"));
  scope.clear_policies();
  scope.mutable_policies()->set_minimum_events(-1);
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.policies.minimum_events: "));
  scope.clear_policies();
  scope.mutable_policies()->set_bots(static_cast<v1::Policies::Bots>(9));
  EXPECT_THAT(ErrorOf(scope), StartsWith("scope.policies.bots: 9"));
}

TEST(CheckMetric, NamesTheUnknownOneAndListsTheKnown) {
  EXPECT_EQ(*CheckMetric("change_lead_time"), MetricId::kChangeLeadTime);
  const absl::Status status = CheckMetric("velocity").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"velocity\""));
  EXPECT_THAT(std::string(status.message()), HasSubstr("change_lead_time"));
}

TEST(CheckEntityRef, NormalisesAndNamesWhatIsNone) {
  EXPECT_EQ(*CheckEntityRef("Component:Payments"), "component:default/payments");
  EXPECT_THAT(std::string(CheckEntityRef("payments").status().message()), StartsWith("entity_ref: \"payments\""));
  EXPECT_THAT(std::string(CheckEntityRef("", "entity_refs[3]").status().message()), StartsWith("entity_refs[3]: "));
}

}  // namespace
}  // namespace headway
