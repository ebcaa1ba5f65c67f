// Systems, domains and groups: the pool of what belongs to them, under every call; and how far sources have come.
#include <set>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/random_entity.h"
#include "gmock/gmock.h"
#include "services/metrics/fake_entities.h"
#include "services/metrics/metrics_answers.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kBegin = absl::FromCivil(absl::CivilDay(2025, 3, 1), absl::UTCTimeZone());
const absl::Time kNow = kBegin + absl::Hours(24 * 85);
constexpr char kSystem[] = "system:default/shop";

class PoolsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 5; ++i) {
      refs_.push_back(absl::StrCat("component:default/c", i));
      entities_.Put(testing::RandomEntity(static_cast<uint64_t>(i), refs_.back(), kBegin, 90));
    }
    entities_.SetPool(kSystem, refs_, {"component:default/between"});
  }

  static v1::GetEntityMetricsRequest For(const std::string& ref, int days = 60) {
    v1::GetEntityMetricsRequest request;
    request.set_entity_ref(ref);
    request.mutable_scope()->set_window_days(days);
    return request;
  }
  v1::GetEntityMetricsResponse Get(const std::string& ref) {
    v1::GetEntityMetricsResponse out;
    const absl::Status status = answers_.GetEntityMetrics(For(ref), {}, &out);
    EXPECT_TRUE(status.ok()) << status;
    return out;
  }
  absl::Status Refusal(const std::string& ref) {
    v1::GetEntityMetricsResponse out;
    return answers_.GetEntityMetrics(For(ref), {}, &out);
  }
  v1::ExplainMetricResponse Explain(const std::string& metric, const std::string& token = "", int size = 1000) {
    v1::ExplainMetricRequest request;
    request.set_entity_ref(kSystem);
    request.set_metric(metric);
    request.mutable_scope()->set_window_days(60);
    request.set_page_size(size);
    request.set_page_token(token);
    v1::ExplainMetricResponse out;
    const absl::Status status = answers_.ExplainMetric(request, {}, &out);
    EXPECT_TRUE(status.ok()) << status;
    return out;
  }

  std::vector<std::string> refs_;
  FakeClock clock_{kNow};
  testing::FakeEntities entities_;
  EntityCache cache_{&entities_, 48 << 20};
  MetricsAnswers answers_{&entities_, &cache_, &clock_};
};

TEST_F(PoolsTest, ASystemIsThePoolOfABatch) {
  const v1::GetEntityMetricsResponse system = Get("System:Shop");
  EXPECT_EQ(system.entity_ref(), kSystem);
  EXPECT_EQ(system.pooled_entities(), 5);
  v1::BatchGetEntityMetricsRequest request;
  for (const std::string& ref : refs_) request.add_entity_refs(ref);
  request.mutable_scope()->set_window_days(60);
  request.set_pooled(true);
  request.set_pool_only(true);
  v1::BatchGetEntityMetricsResponse batch;
  ASSERT_TRUE(answers_.BatchGetEntityMetrics(request, {}, &batch).ok());
  ASSERT_EQ(system.measures_size(), batch.pool().measures_size());
  for (int i = 0; i < system.measures_size(); ++i)
    EXPECT_EQ(system.measures(i).DebugString(), batch.pool().measures(i).DebugString());
  EXPECT_EQ(system.coverage().DebugString(), batch.pool().coverage().DebugString());
  EXPECT_GT(system.measures(0).n(), Get(refs_[0]).measures(0).n());
}

TEST_F(PoolsTest, WhatHappenedToTheWholeItselfIsInItsPool) {
  const int64_t before = Get(kSystem).measures(0).n();
  EntityInputs own = testing::RandomEntity(9, kSystem, kBegin, 90);
  entities_.Put(own);
  const v1::GetEntityMetricsResponse system = Get(kSystem);
  EXPECT_GT(system.measures(0).n(), before);
  EXPECT_EQ(system.pooled_entities(), 5) << "itself is not among them";
}

TEST_F(PoolsTest, OneWithoutMembersIsMeasuredItself) {
  EXPECT_TRUE(absl::IsNotFound(Refusal("domain:default/nobody")));
  entities_.Put(testing::RandomEntity(9, "domain:default/empty", kBegin, 90));
  EXPECT_EQ(Get("domain:default/empty").pooled_entities(), 0);
  EXPECT_EQ(Get("domain:default/empty").entity_version(), 1);
}

TEST_F(PoolsTest, PeopleAreMeasuredNowhere) {
  entities_.Put(testing::RandomEntity(9, "user:default/ann", kBegin, 90));
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal("user:default/ann")));
  EXPECT_THAT(std::string(Refusal("User:Ann").message()), HasSubstr("is a person"));
  v1::ExplainMetricRequest explain;
  explain.set_entity_ref("user:default/ann");
  explain.set_metric("deployment_frequency");
  v1::ExplainMetricResponse out;
  EXPECT_TRUE(absl::IsInvalidArgument(answers_.ExplainMetric(explain, {}, &out)));
}

TEST_F(PoolsTest, ABatchTakesNoPoolsSoThatTeamsAreNotCompared) {
  v1::BatchGetEntityMetricsRequest request;
  request.add_entity_refs(refs_[0]);
  request.add_entity_refs("group:default/a");
  v1::BatchGetEntityMetricsResponse batch;
  const absl::Status status = answers_.BatchGetEntityMetrics(request, {}, &batch);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("entity_refs[1]: "));
}

TEST_F(PoolsTest, TooManyAreRefusedAndSaid) {
  entities_.SetPool("domain:default/all", std::vector<std::string>(2001, refs_[0]));
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal("domain:default/all")));
  EXPECT_THAT(std::string(Refusal("domain:default/all").message()), HasSubstr("more than 2000"));
}

TEST_F(PoolsTest, AnExplanationOfAPoolGivesItsNumber) {
  const v1::ExplainMetricResponse frequency = Explain("deployment_frequency");
  int64_t counted = 0;
  std::set<std::string> keys;
  for (const v1::Evidence& evidence : frequency.evidence()) {
    counted += evidence.has_value();
    EXPECT_NE(evidence.deployment().key(), "") << "the facts are there";
    EXPECT_NE(evidence.entity_ref(), "");
  }
  EXPECT_EQ(counted, frequency.measure().n());
  for (const char* metric : {"change_lead_time", "review_time", "failed_deployment_recovery_time"}) {
    const v1::ExplainMetricResponse out = Explain(metric);
    int64_t valued = 0;
    for (const v1::Evidence& evidence : out.evidence()) valued += evidence.has_value();
    EXPECT_EQ(valued, out.measure().n()) << metric;
    EXPECT_GT(valued, 0) << metric;
  }
}

TEST_F(PoolsTest, PagesOfAPoolAreTheWhole) {
  const v1::ExplainMetricResponse whole = Explain("change_lead_time");
  std::vector<std::string> paged;
  std::string token;
  do {
    const v1::ExplainMetricResponse page = Explain("change_lead_time", token, 7);
    for (const v1::Evidence& evidence : page.evidence()) paged.push_back(evidence.SerializeAsString());
    token = page.next_page_token();
  } while (!token.empty());
  ASSERT_EQ(paged.size(), static_cast<size_t>(whole.evidence_size()));
  for (size_t i = 0; i < paged.size(); ++i)
    EXPECT_EQ(paged[i], whole.evidence(static_cast<int>(i)).SerializeAsString());
}

TEST_F(PoolsTest, AnIncidentOfSeveralMembersIsExplainedOnce) {
  IncidentFact incident;
  incident.key.bytes[0] = 1;
  incident.source = "pager";
  incident.incident_id = "shared";
  incident.opened = kNow - absl::Hours(5);
  std::vector<std::string> refs = {"component:default/x", "component:default/y"};
  for (const std::string& ref : refs) {
    EntityInputs inputs;
    inputs.entity_ref = ref;
    inputs.incidents = {incident};
    entities_.Put(inputs);
  }
  entities_.SetPool(kSystem, refs);
  const v1::ExplainMetricResponse open = Explain("open_incidents");
  EXPECT_EQ(open.measure().n(), 1);
  EXPECT_EQ(open.evidence_size(), 1);
}

TEST_F(PoolsTest, ASeriesOfAPoolSumsUpToItsNumber) {
  v1::GetMetricSeriesRequest request;
  request.set_entity_ref(kSystem);
  request.set_metric("deployment_frequency");
  request.mutable_scope()->set_window_days(60);
  v1::GetMetricSeriesResponse series;
  ASSERT_TRUE(answers_.GetMetricSeries(request, {}, &series).ok());
  int64_t n = 0;
  for (const v1::SeriesPoint& point : series.points()) n += point.measure().n();
  EXPECT_EQ(n, Get(kSystem).measures(0).n());
}

TEST_F(PoolsTest, ItsVersionMovesWithEachMemberAndWithWhatLeadsThere) {
  std::set<int64_t> versions = {Get(kSystem).entity_version()};
  EXPECT_EQ(Get(kSystem).entity_version(), *versions.begin());
  entities_.Put(testing::RandomEntity(77, refs_[3], kBegin, 90));
  EXPECT_TRUE(versions.insert(Get(kSystem).entity_version()).second);
  entities_.Put(testing::RandomEntity(78, "component:default/between", kBegin, 90));
  EXPECT_TRUE(versions.insert(Get(kSystem).entity_version()).second);
  entities_.SetPool(kSystem, {refs_[0], refs_[1]});
  EXPECT_TRUE(versions.insert(Get(kSystem).entity_version()).second);
  const auto states = answers_.Versions({kSystem, refs_[0]});
  ASSERT_TRUE(states.ok());
  EXPECT_EQ((*states)[0].version, Get(kSystem).entity_version());
  EXPECT_EQ((*states)[1].version, 1);
}

TEST_F(PoolsTest, AWatchKnowsWhoseChangesConcernIt) {
  v1::GetEntityMetricsResponse out;
  WatchFacts facts;
  ASSERT_TRUE(answers_.Watch(For(kSystem), {}, &out, &facts).ok());
  EXPECT_EQ(facts.others.size(), 6u);
  EXPECT_LT(facts.next_crossing, absl::InfiniteFuture());
}

TEST_F(PoolsTest, AWarmPoolReadsNoRows) {
  Get(kSystem);
  const auto before = entities_.calls();
  Get(kSystem);
  EXPECT_EQ(entities_.calls().rows, before.rows);
  EXPECT_EQ(entities_.calls().versions, before.versions);
  EXPECT_EQ(entities_.calls().statuses, before.statuses);
  EXPECT_EQ(entities_.calls().pools, before.pools + 1);
}

TEST_F(PoolsTest, HowFarASourceHasComeMovesWithoutItsEntities) {
  const auto until = [&](const std::string& ref) {
    const v1::GetEntityMetricsResponse out = Get(ref);
    EXPECT_EQ(out.coverage().data_until(0).source(), "ci");
    return out.coverage().data_until(0).until().seconds();
  };
  Get(refs_[0]);
  entities_.SetStatus("ci", Covers::kDeployments, kNow - absl::Hours(1));
  EXPECT_EQ(until(refs_[0]), absl::ToUnixSeconds(kNow - absl::Hours(1)));
  EXPECT_EQ(until(kSystem), absl::ToUnixSeconds(kNow - absl::Hours(1)));
  const v1::GetEntityMetricsResponse answer = Get(refs_[0]);
  const int rows = entities_.calls().rows;
  entities_.SetStatus("ci", Covers::kDeployments, kNow);
  EXPECT_TRUE(cache_.SourcesMoved((*answers_.Versions({refs_[0]}))[0].statuses_version, answer));
  EXPECT_EQ(until(refs_[0]), absl::ToUnixSeconds(kNow));
  EXPECT_FALSE(cache_.SourcesMoved((*answers_.Versions({refs_[0]}))[0].statuses_version, Get(refs_[0])));
  entities_.SetStatus("ci", Covers::kDeployments, std::nullopt);
  EXPECT_EQ(until(refs_[1]), 0) << "what a retired source said holds no more";
  EXPECT_EQ(until(kSystem), 0);
  EXPECT_EQ(entities_.calls().rows, rows) << "nothing of the entity is read for it";
  EXPECT_EQ(Get(refs_[0]).entity_version(), 1);
}

}  // namespace
}  // namespace headway
