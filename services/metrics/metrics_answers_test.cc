#include "services/metrics/metrics_answers.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/catalog.h"
#include "aggregator/metrics/random_entity.h"
#include "gmock/gmock.h"
#include "services/metrics/fake_entities.h"
#include "services/metrics/page_token.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kBegin = absl::FromCivil(absl::CivilDay(2025, 3, 1), absl::UTCTimeZone());
const absl::Time kNow = kBegin + absl::Hours(24 * 85);
constexpr char kA[] = "component:default/a";
constexpr char kB[] = "component:default/b";

class MetricsAnswersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    entities_.Put(testing::RandomEntity(1, kA, kBegin, 90));
    entities_.Put(testing::RandomEntity(2, kB, kBegin, 90));
  }

  v1::GetEntityMetricsResponse Get(const v1::GetEntityMetricsRequest& request) {
    v1::GetEntityMetricsResponse out;
    const absl::Status status = answers_.GetEntityMetrics(request, {}, &out);
    EXPECT_TRUE(status.ok()) << status;
    return out;
  }
  v1::GetEntityMetricsRequest For(const std::string& ref, int days = 60) {
    v1::GetEntityMetricsRequest request;
    request.set_entity_ref(ref);
    request.mutable_scope()->set_window_days(days);
    return request;
  }

  FakeClock clock_{kNow};
  testing::FakeEntities entities_;
  EntityCache cache_{&entities_, 48 << 20};
  MetricsAnswers answers_{&entities_, &cache_, &clock_};
};

TEST_F(MetricsAnswersTest, AnswersAllMeasuresInTheOrderOfTheCatalogWithTheScopeFilledIn) {
  const auto out = Get(For("Component:A"));
  EXPECT_EQ(out.entity_ref(), kA);
  ASSERT_EQ(out.measures_size(), kMetricCount);
  for (int i = 0; i < kMetricCount; ++i) EXPECT_EQ(out.measures(i).metric(), AllMetrics()[static_cast<size_t>(i)].name);
  EXPECT_GT(out.measures(0).n(), 0);
  EXPECT_EQ(out.scope().window_days(), 60);
  EXPECT_EQ(out.scope().time_zone(), "UTC");
  EXPECT_EQ(out.scope().as_of().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(out.scope().policies().bots(), v1::Policies::INCLUDED);
  EXPECT_EQ(out.window_start().seconds(), absl::ToUnixSeconds(kNow - absl::Hours(24 * 60)));
  EXPECT_EQ(out.entity_version(), 1);
  EXPECT_EQ(out.derived_share(), 1);
  EXPECT_EQ(out.coverage().data_until_size(), 3);
}

TEST_F(MetricsAnswersTest, UnknownEntityIsNotFoundAndNamed) {
  v1::GetEntityMetricsResponse out;
  const absl::Status status = answers_.GetEntityMetrics(For("component:default/nobody"), {}, &out);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("component:default/nobody"));
}

TEST_F(MetricsAnswersTest, BadRequestsAreRefusedBeforeTheStoreIsAsked) {
  v1::GetEntityMetricsRequest request = For("nonsense");
  v1::GetEntityMetricsResponse out;
  EXPECT_EQ(answers_.GetEntityMetrics(request, {}, &out).code(), absl::StatusCode::kInvalidArgument);
  request = For(kA, 4000);
  EXPECT_EQ(answers_.GetEntityMetrics(request, {}, &out).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(entities_.calls().versions, 0);
}

TEST_F(MetricsAnswersTest, RowsAreReadOnceUntilTheVersionMoves) {
  Get(For(kA));
  Get(For(kA));
  Get(For(kA, 30));
  EXPECT_EQ(entities_.calls().rows, 1);
  EXPECT_EQ(entities_.calls().versions, 2) << "the rows told the first one";
  entities_.Put(testing::RandomEntity(3, kA, kBegin, 90));
  EXPECT_EQ(Get(For(kA)).entity_version(), 2);
  EXPECT_EQ(entities_.calls().rows, 2);
  Get(For(kA, 365));  // begins before what is kept
  EXPECT_EQ(entities_.calls().rows, 3);
  EXPECT_LE(entities_.calls().rows_from, kNow - absl::Hours(24 * 730));
  Get(For(kA));
  EXPECT_EQ(entities_.calls().rows, 3);
}

TEST_F(MetricsAnswersTest, OnlyWhatWasAppendedIsReadForWhatIsKept) {
  const v1::GetEntityMetricsRequest request = For(kA);
  // After all that the entity has.
  const absl::Time later = (*entities_.LoadVersions({kA}))[0].last_finished + absl::Hours(2);
  clock_.Set(later);
  const auto before = Get(request);
  DeploymentFact deployment;
  deployment.key.bytes.fill(0xab);
  deployment.source = "ci";
  deployment.environment = "prod";
  deployment.tier = Tier::kProduction;
  deployment.stream = "new";
  deployment.source_revision = std::string(40, 'e');
  deployment.phase = Phase::kSucceeded;
  deployment.started = deployment.synced = later - absl::Hours(1);
  entities_.Append(kA, deployment);
  const auto after = Get(request);
  EXPECT_EQ(entities_.calls().rows, 1);
  EXPECT_EQ(entities_.calls().appended, 1);
  EXPECT_EQ(cache_.counts().extended, 1u);
  EXPECT_EQ(after.entity_version(), 2);
  EXPECT_EQ(after.measures(0).n(), before.measures(0).n() + 1);

  EntityCache empty(&entities_, 48 << 20);
  MetricsAnswers afresh(&entities_, &empty, &clock_);
  v1::GetEntityMetricsResponse expected;
  ASSERT_TRUE(afresh.GetEntityMetrics(request, {}, &expected).ok());
  EXPECT_EQ(after.SerializeAsString(), expected.SerializeAsString());
  // Kept by now.
  Get(request);
  EXPECT_EQ(entities_.calls().appended, 1);
}

TEST_F(MetricsAnswersTest, AnAliasIsReadAnewOnlyTheFirstTime) {
  entities_.PutAlias("component:default/old", kA);
  Get(For("component:default/old"));
  Get(For("component:default/old"));
  EXPECT_EQ(Get(For(kA)).entity_version(), 1);
  EXPECT_EQ(entities_.calls().rows, 1);
  EXPECT_EQ(entities_.calls().versions, 2);
  // What reaches further back stays.
  Get(For(kB, 365));
  entities_.PutAlias("component:default/older", kB);
  Get(For("component:default/older", 30));
  const int reads = entities_.calls().rows;
  Get(For(kB, 365));
  EXPECT_EQ(entities_.calls().rows, reads);
  // Now it is an entity of its own.
  entities_.PutAlias("component:default/old", "component:default/old");
  entities_.Put(testing::RandomEntity(5, "component:default/old", kBegin, 90));
  EXPECT_EQ(Get(For("component:default/old")).entity_ref(), "component:default/old");
  Get(For("component:default/old"));
  EXPECT_EQ(entities_.calls().rows, reads + 1);
}

TEST_F(MetricsAnswersTest, AnEarlierVersionTakesThePlaceOfWhatIsKept) {
  entities_.Put(testing::RandomEntity(3, kA, kBegin, 90));
  EXPECT_EQ(Get(For(kA)).entity_version(), 2);
  entities_.PutBack(testing::RandomEntity(1, kA, kBegin, 90), 1);
  EXPECT_EQ(Get(For(kA)).entity_version(), 1);
  const int reads = entities_.calls().rows;
  Get(For(kA));
  EXPECT_EQ(entities_.calls().rows, reads);
}

TEST_F(MetricsAnswersTest, OtherPoliciesAreDerivedOnceForEachVersion) {
  v1::GetEntityMetricsRequest request = For(kA);
  request.mutable_scope()->mutable_policies()->set_roll_out(v1::Policies::EACH);
  const auto each = Get(request);
  Get(request);
  EXPECT_EQ(entities_.calls().inputs, 1);
  EXPECT_EQ(entities_.calls().rows, 0);
  EXPECT_GE(each.measures(0).n(), Get(For(kA)).measures(0).n());
  request.mutable_scope()->mutable_policies()->mutable_attribution_window()->set_seconds(3600);
  Get(request);
  EXPECT_EQ(entities_.calls().inputs, 2);
  entities_.Put(testing::RandomEntity(3, kA, kBegin, 90));
  Get(request);
  EXPECT_EQ(entities_.calls().inputs, 3);
}

TEST_F(MetricsAnswersTest, DerivingUnderTheDefaultsGivesWhatIsStored) {
  const auto stored = Get(For(kA));
  v1::GetEntityMetricsRequest request = For(kA);
  request.mutable_scope()->set_environment("prod");  // the only production environment of these entities
  const auto derived = Get(request);
  EXPECT_EQ(entities_.calls().inputs, 1);
  for (int i = 0; i < kMetricCount; ++i) {
    EXPECT_EQ(derived.measures(i).SerializeAsString(), stored.measures(i).SerializeAsString())
        << stored.measures(i).metric();
  }
}

TEST_F(MetricsAnswersTest, SaysWhenAnEntityIsBeingRecomputed) {
  Get(For(kA));
  entities_.SetRecomputing(kA, true);
  EXPECT_EQ(Get(For(kA)).derived_share(), 0);
}

TEST_F(MetricsAnswersTest, ErrorsOfTheStoreComeThrough) {
  entities_.FailWith(absl::UnavailableError("while reading versions: gone"));
  v1::GetEntityMetricsResponse out;
  EXPECT_EQ(answers_.GetEntityMetrics(For(kA), {}, &out), absl::UnavailableError("while reading versions: gone"));
}

TEST_F(MetricsAnswersTest, PoolTakesEachEntityOnceWhateverItIsCalled) {
  entities_.PutAlias("component:default/old-a", kA);
  v1::BatchGetEntityMetricsRequest request;
  for (const char* ref : {kA, "component:default/old-a", "component:default/nobody", kB, kA, "component:nobody"})
    request.add_entity_refs(ref);
  request.set_pooled(true);
  request.mutable_scope()->set_window_days(60);
  v1::BatchGetEntityMetricsResponse out;
  ASSERT_TRUE(answers_.BatchGetEntityMetrics(request, {}, &out).ok());
  ASSERT_EQ(out.entities_size(), 2);
  EXPECT_EQ(out.entities(0).SerializeAsString(), Get(For(kA)).SerializeAsString());
  EXPECT_EQ(out.entities(1).SerializeAsString(), Get(For(kB)).SerializeAsString());
  EXPECT_THAT(out.unknown_entity_refs(), ElementsAre("component:default/nobody"));
  EXPECT_EQ(out.pool().entity_ref(), "");
  EXPECT_EQ(out.pool().measures(0).n(), out.entities(0).measures(0).n() + out.entities(1).measures(0).n());
  request.set_pool_only(true);
  v1::BatchGetEntityMetricsResponse pool;
  ASSERT_TRUE(answers_.BatchGetEntityMetrics(request, {}, &pool).ok());
  EXPECT_EQ(pool.entities_size(), 0);
  EXPECT_EQ(pool.pool().SerializeAsString(), out.pool().SerializeAsString());
}

TEST_F(MetricsAnswersTest, BatchesOutOfRangeAreRefused) {
  v1::BatchGetEntityMetricsRequest request;
  v1::BatchGetEntityMetricsResponse out;
  EXPECT_THAT(std::string(answers_.BatchGetEntityMetrics(request, {}, &out).message()), StartsWith("entity_refs: "));
  for (int i = 0; i <= 2000; ++i) request.add_entity_refs(absl::StrCat("component:default/c", i));
  EXPECT_THAT(std::string(answers_.BatchGetEntityMetrics(request, {}, &out).message()), StartsWith("entity_refs: "));
  request.clear_entity_refs();
  request.add_entity_refs(kA);
  request.add_entity_refs("b c");
  EXPECT_THAT(std::string(answers_.BatchGetEntityMetrics(request, {}, &out).message()), StartsWith("entity_refs[1]: "));
}

TEST_F(MetricsAnswersTest, LongWorkEndsWhenNobodyWaits) {
  v1::BatchGetEntityMetricsRequest request;
  request.add_entity_refs(kA);
  request.add_entity_refs(kB);
  v1::BatchGetEntityMetricsResponse out;
  EXPECT_EQ(answers_.BatchGetEntityMetrics(request, {.cancelled = [] { return true; }}, &out).code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(answers_.BatchGetEntityMetrics(request, {.deadline = absl::UnixEpoch()}, &out).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(MetricsAnswersTest, SeriesCoversTheWindowInTheTimeZone) {
  v1::GetMetricSeriesRequest request;
  request.set_entity_ref(kA);
  request.set_metric("deployment_frequency");
  request.mutable_scope()->set_window_days(60);
  request.mutable_scope()->set_time_zone("Asia/Kathmandu");
  v1::GetMetricSeriesResponse out;
  ASSERT_TRUE(answers_.GetMetricSeries(request, {}, &out).ok());
  EXPECT_EQ(out.points_size(), 61);  // cut at both ends
  v1::GetEntityMetricsRequest whole = For(kA);
  whole.mutable_scope()->set_time_zone("Asia/Kathmandu");
  int64_t n = 0;
  for (const auto& point : out.points()) n += point.measure().n();
  EXPECT_EQ(n, Get(whole).measures(0).n());
  request.set_metric("velocity");
  EXPECT_THAT(std::string(answers_.GetMetricSeries(request, {}, &out).message()),
              HasSubstr("metric: there is no \"velocity\""));
}

TEST_F(MetricsAnswersTest, PagesOfAnExplanationMakeTheWholeAndHoldStillWhileTimeGoesOn) {
  v1::ExplainMetricRequest request;
  request.set_entity_ref(kA);
  request.mutable_scope()->set_window_days(80);
  for (const MetricInfo& info : AllMetrics()) {
    request.set_metric(info.name);
    request.set_page_size(1000);
    request.clear_page_token();
    v1::ExplainMetricResponse whole;
    ASSERT_TRUE(answers_.ExplainMetric(request, {}, &whole).ok());
    EXPECT_EQ(whole.next_page_token(), "");
    v1::GetEntityMetricsResponse measures = Get(For(kA, 80));
    EXPECT_EQ(whole.measure().SerializeAsString(), measures.measures(static_cast<int>(info.id)).SerializeAsString());

    request.set_page_size(3);
    v1::ExplainMetricResponse pieces;
    do {
      v1::ExplainMetricResponse page;
      ASSERT_TRUE(answers_.ExplainMetric(request, {}, &page).ok());
      EXPECT_LE(page.evidence_size(), 3);
      EXPECT_EQ(page.scope().SerializeAsString(), whole.scope().SerializeAsString());
      pieces.mutable_evidence()->MergeFrom(page.evidence());
      request.set_page_token(page.next_page_token());
      clock_.Advance(absl::Hours(5));
    } while (!request.page_token().empty());
    ASSERT_EQ(pieces.evidence_size(), whole.evidence_size());
    for (int i = 0; i < whole.evidence_size(); ++i) {
      EXPECT_EQ(pieces.evidence(i).SerializeAsString(), whole.evidence(i).SerializeAsString());
    }
    clock_.Set(kNow);
  }
}

TEST_F(MetricsAnswersTest, APageTokenOfAnotherRequestIsRefused) {
  v1::ExplainMetricRequest request;
  request.set_entity_ref(kA);
  request.set_metric("deployment_frequency");
  request.mutable_scope()->set_window_days(80);
  request.set_page_size(1);
  v1::ExplainMetricResponse page;
  ASSERT_TRUE(answers_.ExplainMetric(request, {}, &page).ok());
  ASSERT_NE(page.next_page_token(), "");
  request.set_page_token(page.next_page_token());
  request.set_metric("change_fail_rate");
  v1::ExplainMetricResponse out;
  EXPECT_THAT(std::string(answers_.ExplainMetric(request, {}, &out).message()), StartsWith("page_token: "));
  request.set_metric("deployment_frequency");
  request.set_page_token("AAAA");
  EXPECT_THAT(std::string(answers_.ExplainMetric(request, {}, &out).message()), StartsWith("page_token: "));
  request.clear_page_token();
  request.set_page_size(1001);
  EXPECT_THAT(std::string(answers_.ExplainMetric(request, {}, &out).message()), StartsWith("page_size: "));
}

TEST_F(MetricsAnswersTest, ExplainsUnderOtherPoliciesFromTheSameFacts) {
  v1::ExplainMetricRequest request;
  request.set_entity_ref(kA);
  request.set_metric("deployment_frequency");
  request.mutable_scope()->set_window_days(80);
  request.mutable_scope()->mutable_policies()->set_roll_out(v1::Policies::EACH);
  request.set_page_size(1000);
  v1::ExplainMetricResponse out;
  ASSERT_TRUE(answers_.ExplainMetric(request, {}, &out).ok());
  int64_t counted = 0;
  for (const auto& evidence : out.evidence()) counted += evidence.has_value();
  EXPECT_EQ(counted, out.measure().n());
  EXPECT_GT(counted, 0);
}

TEST_F(MetricsAnswersTest, WatchTakesNoAsOfAndTellsWhenTheNumbersNextChange) {
  v1::GetEntityMetricsResponse out;
  WatchFacts facts;
  ASSERT_TRUE(answers_.Watch(For(kA), {}, &out, &facts).ok());
  EXPECT_GT(facts.next_crossing, kNow);
  EXPECT_LT(facts.next_crossing, kNow + absl::Hours(24 * 60));
  v1::GetEntityMetricsRequest request = For(kA);
  request.mutable_scope()->mutable_as_of()->set_seconds(1);
  EXPECT_THAT(std::string(answers_.Watch(request, {}, &out, &facts).message()), StartsWith("scope.as_of: "));
}

TEST(EntityCache, StaysWithinItsBytesAndDropsWhatWasNotUsed) {
  testing::FakeEntities entities;
  for (uint64_t i = 0; i < 40; ++i)
    entities.Put(testing::RandomEntity(i, absl::StrCat("component:default/c", i), kBegin, 90));
  EntityCache cache(&entities, 200'000);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(cache.Get({"component:default/c0"}, {}, kBegin, {}).ok());
      ASSERT_TRUE(cache.Get({absl::StrCat("component:default/c", i)}, {}, kBegin, {}).ok());
      EXPECT_LE(cache.counts().bytes, 200'000u);
    }
  }
  EXPECT_GT(cache.counts().entities, 3u);
  EXPECT_LT(cache.counts().entities, 40u);
  const int reads = entities.calls().rows;
  ASSERT_TRUE(cache.Get({"component:default/c0"}, {}, kBegin, {}).ok());
  EXPECT_EQ(entities.calls().rows, reads);
}

TEST(EntityCache, AsksForFewEntitiesAtOnceWhereTheyHaveManyRows) {
  testing::FakeEntities entities;
  std::vector<std::string> few, many;
  for (uint64_t i = 0; i < 800; ++i) {
    const bool has_many = i < 300;
    (has_many ? many : few).push_back(absl::StrCat("component:default/c", i));
    entities.Put(testing::RandomEntity(i, (has_many ? many : few).back(), kBegin, has_many ? 700 : 1));
  }
  EntityCache cache(&entities, 48 << 20);
  const absl::StatusOr<std::vector<FoundEntity>> found = cache.Get(few, {}, kBegin, {});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), few.size());
  for (size_t i = 0; i < few.size(); ++i) EXPECT_EQ((*found)[i].entity->entity_ref, few[i]);
  EXPECT_LE(entities.calls().rows, 8);
  ASSERT_TRUE(cache.Get(many, {}, kBegin, {}).ok());
  EXPECT_LE(entities.calls().rows_at_once, 12'000u);
  EXPECT_GE(entities.calls().rows_at_once, 2'000u);
}

TEST(PageToken, SurvivesTheWayAndTellsDamage) {
  const PageToken token = {.request = 7, .as_of = kNow, .after = {-5, std::string("a\0\xff", 3)}};
  const std::string text = EncodePageToken(token);
  EXPECT_EQ(*DecodePageToken(text), token);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    const absl::StatusOr<PageToken> decoded = DecodePageToken(damaged);
    EXPECT_TRUE(!decoded.ok() || *decoded == token) << i;  // the last character has bits that say nothing
  }
  EXPECT_FALSE(DecodePageToken("").ok());
}

}  // namespace
}  // namespace headway
