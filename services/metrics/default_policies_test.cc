#include "services/metrics/default_policies.h"

#include <gtest/gtest.h>

#include "headway/v1/metrics.pb.h"

namespace headway {
namespace {

TEST(DefaultPolicies, HoldWhereARequestSaysNothing) {
  v1::Policies defaults;
  defaults.set_finish(v1::Policies::SYNCED);
  defaults.set_minimum_events(5);
  defaults.mutable_attribution_window()->set_seconds(60);
  defaults.mutable_roll_out_window()->set_seconds(70);
  v1::Policies policies;
  policies.set_finish(v1::Policies::HEALTHY);
  policies.mutable_attribution_window()->set_nanos(1);
  policies.set_bots(v1::Policies::EXCLUDED);
  FillPolicies(defaults, &policies);
  EXPECT_EQ(policies.finish(), v1::Policies::HEALTHY);
  EXPECT_EQ(policies.minimum_events(), 5);
  EXPECT_EQ(policies.attribution_window().seconds(), 0);
  EXPECT_EQ(policies.roll_out_window().seconds(), 70);
  EXPECT_EQ(policies.bots(), v1::Policies::EXCLUDED);
  EXPECT_EQ(policies.changes(), v1::Policies::CHANGES_UNSPECIFIED);
}

TEST(DefaultPolicies, FillTheScopeOfARequest) {
  const DefaultPolicies defaults = [] {
    v1::Policies policies;
    policies.set_bots(v1::Policies::EXCLUDED);
    return policies;
  };
  EXPECT_EQ(WithDefaults(defaults, v1::GetEntityMetricsRequest()).scope().policies().bots(), v1::Policies::EXCLUDED);
  EXPECT_FALSE(WithDefaults({}, v1::GetEntityMetricsRequest()).has_scope());
  EXPECT_EQ(WithDefaults(defaults, v1::GetMetricCatalogRequest()).ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace headway
