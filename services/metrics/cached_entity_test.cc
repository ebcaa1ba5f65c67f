#include "services/metrics/cached_entity.h"

#include "gtest/gtest.h"

namespace headway {
namespace {

const absl::Time kFrom = absl::FromUnixSeconds(1'770'000'000);

DeploymentRow Deployment(uint8_t key, int day) {
  DeploymentRow row;
  row.key.bytes.fill(key);
  row.started = row.finished = kFrom + absl::Hours(24 * day);
  return row;
}

EntityState State(int64_t version, int last_day, int64_t appended_from = 1) {
  EntityState state;
  state.entity_ref = "component:default/a";
  state.version = version;
  state.appended_from = appended_from;
  state.last_finished = kFrom + absl::Hours(24 * last_day);
  return state;
}

TEST(ExtendEntity, AddsWhatFinishedSinceAndNothingTwice) {
  EntityRows rows;
  rows.deployments = {Deployment(1, 1), Deployment(2, 2)};
  const auto kept = MakeEntity(State(1, 2), kFrom, rows);
  // Asked for by another who has kept less.
  AppendedRows appended{State(3, 4), {Deployment(2, 2), Deployment(3, 3), Deployment(4, 4)}};
  const auto extended = ExtendEntity(*kept, appended);
  rows.deployments = {Deployment(1, 1), Deployment(2, 2), Deployment(3, 3), Deployment(4, 4)};
  EXPECT_EQ(extended->rows, rows);
  EXPECT_EQ(extended->version, 3);
  EXPECT_EQ(extended->last_finished, kFrom + absl::Hours(24 * 4));
}

TEST(ExtendEntity, LeavesOutWhatFinishedBeforeItsRowsBegin) {
  const auto kept = MakeEntity(State(1, -9), kFrom, {});
  const auto extended = ExtendEntity(*kept, {State(2, 1), {Deployment(1, -1), Deployment(2, 0), Deployment(3, 1)}});
  EXPECT_EQ(extended->rows.deployments, (std::vector<DeploymentRow>{Deployment(2, 0), Deployment(3, 1)}));
}

TEST(ExtendEntity, IsNothingWhereMoreChangedOrTheVersionIsAnEarlierOne) {
  const auto kept = MakeEntity(State(5, 1), kFrom, {});
  EXPECT_NE(ExtendEntity(*kept, {State(7, 1, 5), {}}), nullptr);
  EXPECT_EQ(ExtendEntity(*kept, {State(7, 1, 6), {}}), nullptr);
  EXPECT_EQ(ExtendEntity(*kept, {State(4, 1, 2), {}}), nullptr);
}

TEST(ExtendEntity, KnowsWhereTheSourcesOfDeploymentsStand) {
  const auto source = [](const char* name, Covers covers, std::optional<absl::Time> latest) {
    return DataSource{name, covers, std::nullopt, latest};
  };
  AppendedRows appended{State(2, 2), {}};
  appended.state.sources = {source("cd:a", Covers::kDeployments, kFrom + absl::Hours(1)),
                            source("cd:b", Covers::kDeployments, kFrom + absl::Hours(2))};
  EntityState before = State(1, 1), after = State(2, 2);
  before.sources = {source("cd:b", Covers::kDeployments, std::nullopt), source("pager", Covers::kIncidents, kFrom)};
  after.sources = {appended.state.sources[0], appended.state.sources[1], before.sources[1]};
  EXPECT_EQ(ExtendEntity(*MakeEntity(before, kFrom, {}), appended)->sources, SourcesOf(after));
}

}  // namespace
}  // namespace headway
