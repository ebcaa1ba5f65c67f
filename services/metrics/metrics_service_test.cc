// The service over a real PostgreSQL that a real aggregator writes to, each as its own role.
#include "services/metrics/metrics_service.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"
#include "headway/v1/ingest.grpc.pb.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "services/aggregator/aggregator_service.h"
#include "services/runtime/process.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

constexpr char kEntity[] = "component:default/shop";
constexpr char kAlias[] = "component:default/kiosk";
constexpr char kRepository[] = "github.com/example/shop";

google::protobuf::Timestamp Stamp(absl::Time time) {
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(absl::ToUnixSeconds(time));
  return stamp;
}

std::string ShaOf(int i) { return absl::StrFormat("%040x", i + 1); }

// A history of one commit, one change and one deployment a day, of which each fifth is blamed by an incident that lasts an hour.
class History {
 public:
  explicit History(absl::Time begin) : begin_(begin) {}

  std::vector<v1::Observation> Declaration() const {
    v1::Observation entity = New();
    entity.mutable_entity()->set_entity_ref(kEntity);
    entity.mutable_entity()->add_repositories()->set_repository(kRepository);
    entity.mutable_entity()->add_aliases(kAlias);
    v1::Observation status = New();
    status.mutable_source_status()->set_covers(v1::SourceStatus::INCIDENTS);
    *status.mutable_source_status()->mutable_complete_until() = Stamp(begin_ + absl::Hours(24 * 400));
    status.mutable_source_status()->add_entity_refs(kEntity);
    return {entity, status};
  }

  std::vector<v1::Observation> Day(int i) const {
    std::vector<v1::Observation> day = {CommitOf(i), ChangeOf(i), DeploymentOf(i)};
    if (i % 5 == 4) {
      day.push_back(Incident(i, v1::IncidentEvent::OPENED, absl::Hours(14)));
      day.push_back(Incident(i, v1::IncidentEvent::RESOLVED, absl::Hours(15)));
    }
    return day;
  }

 private:
  static v1::Observation New() {
    v1::Observation observation;
    observation.set_source("test");
    return observation;
  }
  absl::Time At(int day, absl::Duration offset) const { return begin_ + absl::Hours(24) * day + offset; }

  v1::Observation CommitOf(int i) const {
    v1::Observation observation = New();
    v1::Commit& commit = *observation.mutable_commit();
    commit.set_repository(kRepository);
    commit.set_sha(ShaOf(i));
    if (i > 0) commit.add_parents(ShaOf(i - 1));
    *commit.mutable_authored_at() = Stamp(At(i, absl::Hours(8)));
    *commit.mutable_committed_at() = Stamp(At(i, absl::Hours(9)));
    return observation;
  }
  v1::Observation ChangeOf(int i) const {
    v1::Observation observation = New();
    v1::Change& change = *observation.mutable_change();
    change.set_repository(kRepository);
    change.set_number(i + 1);
    *change.mutable_updated_at() = Stamp(At(i, absl::Hours(9)));
    *change.mutable_first_commit_authored_at() = Stamp(At(i, absl::Hours(8)));
    *change.mutable_merged_at() = Stamp(At(i, absl::Hours(9)));
    change.set_merge_commit_sha(ShaOf(i));
    return observation;
  }
  v1::Observation DeploymentOf(int i) const {
    v1::Observation observation = New();
    v1::Deployment& deployment = *observation.mutable_deployment();
    deployment.set_key(absl::StrCat("run-", i));
    deployment.set_entity_ref(kEntity);
    deployment.set_stream("main");
    deployment.set_environment("prod");
    deployment.set_source_revision(ShaOf(i));
    *deployment.mutable_finished_at() = Stamp(At(i, absl::Hours(12)));
    deployment.set_phase(v1::Deployment::SUCCEEDED);
    return observation;
  }
  v1::Observation Incident(int i, v1::IncidentEvent::Type type, absl::Duration offset) const {
    v1::Observation observation = New();
    v1::IncidentEvent& event = *observation.mutable_incident_event();
    event.set_incident_id(absl::StrCat("I", i));
    event.set_event_id(absl::StrCat("e", static_cast<int>(type)));
    event.set_type(type);
    event.add_affected_entity_refs(kEntity);
    *event.mutable_occurred_at() = Stamp(At(i, offset));
    return observation;
  }

  const absl::Time begin_;
};

class MetricsServiceTest : public testing::PostgresTest {
 protected:
  static constexpr int kDays = 60;

  void SetUp() override {
    PostgresTest::SetUp();
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(MakeAggregatorService({UrlOf("headway_aggregator"), 1}, instruments_));
    services.push_back(MakeMetricsService({UrlOf("headway_metrics")}, instruments_));
    process_ = std::make_unique<Process>(ProcessOptions{"127.0.0.1:0"}, instruments_, std::move(services));
    ASSERT_TRUE(process_->Start().ok());
    const std::string address = absl::StrCat("127.0.0.1:", process_->port());
    channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    ingest_ = v1::IngestService::NewStub(channel_);
    metrics_ = v1::MetricsService::NewStub(channel_);
    Await([&] { return process_->UpdateHealth().ok(); });
    Ingest(history_.Declaration());
    for (int i = 0; i < kDays; ++i) Ingest(history_.Day(i));
    Await([&] { return CountOver(kDays) == kDays; });
  }

  void TearDown() override {
    process_.reset();  // before its database
    PostgresTest::TearDown();
  }

  DatabaseUrl UrlOf(const std::string& role) {
    return [url = UrlAs(role)]() -> absl::StatusOr<std::string> { return url; };
  }
  static void Await(const std::function<bool()>& condition) {
    const absl::Time give_up = absl::Now() + absl::Seconds(60);
    while (!condition() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(10));
    ASSERT_TRUE(condition());
  }
  void Ingest(const std::vector<v1::Observation>& observations) {
    v1::IngestRequest request;
    for (const v1::Observation& observation : observations) *request.add_observations() = observation;
    v1::IngestResponse response;
    grpc::ClientContext context;
    const grpc::Status status = ingest_->Ingest(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.rejected(), 0) << response.ShortDebugString();
  }

  v1::MetricScope Scope(int days) const {
    v1::MetricScope scope;
    scope.set_window_days(days);
    *scope.mutable_as_of() = Stamp(begin_ + absl::Hours(24) * kDays);
    return scope;
  }
  v1::GetEntityMetricsResponse Get(const v1::MetricScope& scope) {
    v1::GetEntityMetricsRequest request;
    request.set_entity_ref(kEntity);
    *request.mutable_scope() = scope;
    v1::GetEntityMetricsResponse response;
    grpc::ClientContext context;
    const grpc::Status status = metrics_->GetEntityMetrics(&context, request, &response);
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND) << status.error_message();
    return response;
  }
  int64_t CountOver(int days) {
    const v1::GetEntityMetricsResponse answer = Get(Scope(days));
    return answer.measures().empty() ? -1 : answer.measures(0).n();
  }

  const absl::Time begin_ =
      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) / 86400 * 86400) - absl::Hours(24) * (kDays + 1);
  History history_{begin_};
  Instruments instruments_;
  std::unique_ptr<Process> process_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::IngestService::Stub> ingest_;
  std::unique_ptr<v1::MetricsService::Stub> metrics_;
};

TEST_F(MetricsServiceTest, AnswersFromWhatWasIngested) {
  const v1::GetEntityMetricsResponse answer = Get(Scope(30));
  ASSERT_EQ(answer.measures_size(), 9);
  EXPECT_EQ(answer.measures(0).value(), 1);
  EXPECT_EQ(answer.measures(0).before_n(), 30);
  EXPECT_EQ(answer.measures(1).value(), 4 * 3600);
  EXPECT_EQ(answer.measures(1).n(), 30);
  EXPECT_EQ(answer.measures(2).value(), 0.2);
  EXPECT_EQ(answer.measures(3).value(), 3600);
  EXPECT_EQ(answer.measures(5).value(), 3600);
  EXPECT_EQ(answer.coverage().incidents_linked_by_inference(), 6);
  EXPECT_EQ(answer.coverage().deployments_with_known_commit(), 30);
  EXPECT_GE(answer.coverage().data_until_size(), 3);
}

// Nothing of so long a window is cached before.
TEST_F(MetricsServiceTest, AnEntityThatIsAskedForByTwoNamesKeepsItsSources) {
  const int before = Get(Scope(30)).coverage().data_until_size();
  v1::BatchGetEntityMetricsRequest request;
  request.add_entity_refs(kEntity);
  request.add_entity_refs(kAlias);
  *request.mutable_scope() = Scope(3000);
  v1::BatchGetEntityMetricsResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(metrics_->BatchGetEntityMetrics(&context, request, &response).ok());
  ASSERT_EQ(response.entities_size(), 1);
  EXPECT_EQ(response.entities(0).coverage().data_until_size(), before);
  EXPECT_EQ(Get(Scope(30)).coverage().data_until_size(), before);
}

TEST_F(MetricsServiceTest, PoliciesThatAreNotStoredGiveTheSameWhereTheyMeanTheSame) {
  const v1::GetEntityMetricsResponse stored = Get(Scope(30));
  v1::MetricScope scope = Scope(30);
  scope.set_environment("prod");
  const v1::GetEntityMetricsResponse derived = Get(scope);
  for (int i = 0; i < stored.measures_size(); ++i) {
    EXPECT_EQ(derived.measures(i).ShortDebugString(), stored.measures(i).ShortDebugString());
  }
  scope.clear_environment();
  scope.mutable_policies()->mutable_attribution_window()->set_seconds(
      3600);  // the incidents open two hours after the deployments
  EXPECT_EQ(Get(scope).measures(2).value(), 0);
}

TEST_F(MetricsServiceTest, ExplainsWithTheFactsByTheirNames) {
  v1::ExplainMetricRequest request;
  request.set_entity_ref(kEntity);
  request.set_metric("change_fail_rate");
  *request.mutable_scope() = Scope(30);
  v1::ExplainMetricResponse stored;
  grpc::ClientContext context;
  ASSERT_TRUE(metrics_->ExplainMetric(&context, request, &stored).ok());
  ASSERT_EQ(stored.evidence_size(), 30);
  int failed = 0;
  for (const v1::Evidence& evidence : stored.evidence()) {
    EXPECT_THAT(evidence.deployment().key(), HasSubstr("run-"));
    EXPECT_EQ(evidence.deployment().source_revision().size(), 40u);
    if (!evidence.counts()) continue;
    ++failed;
    EXPECT_THAT(evidence.because(0), HasSubstr("incident test/I"));
  }
  EXPECT_EQ(failed, 6);
  // The same facts, derived here instead of read.
  request.mutable_scope()->set_environment("prod");
  v1::ExplainMetricResponse derived;
  grpc::ClientContext again;
  ASSERT_TRUE(metrics_->ExplainMetric(&again, request, &derived).ok());
  ASSERT_EQ(derived.evidence_size(), 30);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(derived.evidence(i).ShortDebugString(), stored.evidence(i).ShortDebugString());
}

TEST_F(MetricsServiceTest, AnEventReachesAWatchByItself) {
  v1::GetEntityMetricsRequest request;
  request.set_entity_ref(kEntity);
  request.mutable_scope()->set_window_days(90);
  grpc::ClientContext context;
  auto reader = metrics_->WatchEntityMetrics(&context, request);
  v1::GetEntityMetricsResponse answer;
  ASSERT_TRUE(reader->Read(&answer));
  EXPECT_EQ(answer.measures(0).n(), kDays);
  const absl::Time ingested = absl::Now();
  Ingest(history_.Day(kDays));
  do {
    ASSERT_TRUE(reader->Read(&answer));
  } while (answer.measures(0).n() == kDays);
  EXPECT_EQ(answer.measures(0).n(), kDays + 1);
  const absl::Duration seen_after = absl::Now() - ingested;
  RecordProperty("seen_after_ms", static_cast<int>(absl::ToInt64Milliseconds(seen_after)));
  EXPECT_LT(seen_after, absl::Seconds(5));  // a second where nothing else runs; tests share the machine
  context.TryCancel();
  reader->Finish();
}

TEST_F(MetricsServiceTest, AnswersAgainAfterItsConnectionsWereLost) {
  Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'headway_metrics'");
  Await([&] {
    v1::GetEntityMetricsRequest request;
    request.set_entity_ref(kEntity);
    v1::GetEntityMetricsResponse response;
    grpc::ClientContext context;
    const grpc::Status status = metrics_->GetEntityMetrics(&context, request, &response);
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE) << status.error_message();
    return status.ok();
  });
}

TEST_F(MetricsServiceTest, ItsRoleReadsDerivedRowsAndWritesNothing) {
  EXPECT_EQ(Query("SELECT string_agg(DISTINCT privilege_type, ',') FROM information_schema.role_table_grants "
                  "WHERE grantee = 'headway_metrics'"),
            "SELECT");
  EXPECT_EQ(Query("SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'headway_metrics' AND "
                  "table_schema = 'raw'"),
            "0");
}

}  // namespace
}  // namespace headway
