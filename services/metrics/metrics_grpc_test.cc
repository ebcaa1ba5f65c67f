#include "services/metrics/metrics_grpc.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "aggregator/metrics/random_entity.h"
#include "gmock/gmock.h"
#include "prometheus/text_serializer.h"
#include "services/metrics/fake_entities.h"
#include "services/metrics/watch_stream.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kA[] = "component:default/a";

// The service behind a real channel, over entities in memory.
class MetricsGrpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    entities_.Put(testing::RandomEntity(1, kA, absl::Now() - absl::Hours(24 * 60), 59));
    pool_.Start();
    hub_thread_ = std::thread([this] {
      while (!stopping_) hub_.WaitUntil(hub_.Step(), absl::Milliseconds(20));
    });
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::MetricsService::NewStub(server_->InProcessChannel({}));
  }
  void TearDown() override {
    entities_.Release();
    hub_.Drain();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    stopping_ = true;
    hub_thread_.join();
    pool_.Stop();
  }

  static v1::GetEntityMetricsRequest For(const std::string& ref) {
    v1::GetEntityMetricsRequest request;
    request.set_entity_ref(ref);
    return request;
  }
  grpc::Status Get(const std::string& ref, absl::Duration within = absl::Seconds(20)) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + within));
    v1::GetEntityMetricsResponse response;
    return stub_->GetEntityMetrics(&context, For(ref), &response);
  }
  void Await(const std::function<bool()>& condition) {
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (!condition() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(2));
    EXPECT_TRUE(condition());
  }
  std::string Exposed() { return prometheus::TextSerializer().Serialize(instruments_.registry()->Collect()); }

  Instruments instruments_;
  testing::FakeEntities entities_;
  EntityCache cache_{&entities_, 8 << 20};
  MetricsAnswers answers_{&entities_, &cache_, &SystemClock()};
  RequestPool pool_{1, 2};
  WatchHub hub_{{},
                {.compute = [this](const auto& request, auto* out,
                                   WatchFacts* facts) { return answers_.Watch(request, {}, out, facts); },
                 .versions = [this](absl::Span<const std::string> refs) { return entities_.LoadVersions(refs); },
                 .sources_moved = [](int64_t, const v1::GetEntityMetricsResponse&) { return false; }},
                &SystemClock()};
  absl::Status database_;
  MetricsGrpc service_{answers_, pool_, hub_, [this] { return database_; }, SystemClock(), instruments_};
  std::atomic<bool> stopping_ = false;
  std::thread hub_thread_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::MetricsService::Stub> stub_;
};

TEST_F(MetricsGrpcTest, AnswersAndCounts) {
  EXPECT_TRUE(Get(kA).ok());
  EXPECT_EQ(Get("component:default/nobody").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Get("nonsense").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(Exposed(), HasSubstr("code=\"NOT_FOUND\",method=\"GetEntityMetrics\",service=\"MetricsService\"} 1"));
}

TEST_F(MetricsGrpcTest, TheCatalogNeedsNoDatabase) {
  database_ = absl::FailedPreconditionError("the schema is too old: run headway-migrate");
  grpc::ClientContext context;
  v1::GetMetricCatalogResponse catalog;
  EXPECT_TRUE(stub_->GetMetricCatalog(&context, {}, &catalog).ok());
  EXPECT_EQ(catalog.metrics_size(), 9);
  const grpc::Status status = Get(kA);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("run headway-migrate"));
}

TEST_F(MetricsGrpcTest, RefusesAtOnceWhatItHasNoRoomFor) {
  entities_.Hold();
  std::vector<std::thread> callers;
  std::atomic<int> succeeded = 0;
  const auto call = [&] { succeeded += Get(kA).ok(); };
  callers.emplace_back(call);
  Await([&] { return entities_.held() == 1; });  // the one thread is busy
  for (int i = 0; i < 2; ++i) callers.emplace_back(call);
  Await([&] { return pool_.queued() == 2; });
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Get(kA).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  entities_.Release();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(succeeded, 3);
}

TEST_F(MetricsGrpcTest, WorkThatNobodyWaitsForIsNotDone) {
  entities_.Hold();
  std::thread busy([&] { EXPECT_TRUE(Get(kA).ok()); });
  Await([&] { return entities_.held() == 1; });
  EXPECT_EQ(Get(kA, absl::Milliseconds(100)).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  grpc::ClientContext context;
  std::thread cancelled([&] {
    v1::GetEntityMetricsResponse response;
    EXPECT_EQ(stub_->GetEntityMetrics(&context, For(kA), &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  Await([&] { return pool_.queued() == 2; });
  context.TryCancel();
  cancelled.join();
  const int before = entities_.calls().versions;
  absl::SleepFor(absl::Milliseconds(50));  // the cancellation is on its way to the server
  entities_.Release();
  busy.join();
  Await([&] { return pool_.queued() == 0; });
  EXPECT_TRUE(Get(kA).ok());
  EXPECT_EQ(entities_.calls().versions, before + 1);
}

TEST_F(MetricsGrpcTest, WatchSendsTheStateAndThenEachChange) {
  grpc::ClientContext context;
  auto reader = stub_->WatchEntityMetrics(&context, For("Component:A"));
  v1::GetEntityMetricsResponse answer;
  ASSERT_TRUE(reader->Read(&answer));
  EXPECT_EQ(answer.entity_version(), 1);
  const absl::Time changed = absl::Now();
  entities_.Put(testing::RandomEntity(2, kA, absl::Now() - absl::Hours(24 * 60), 59));
  hub_.Hear({.hashes = {EntityHash(kA)}});
  ASSERT_TRUE(reader->Read(&answer));
  EXPECT_EQ(answer.entity_version(), 2);
  EXPECT_LT(absl::Now() - changed, absl::Seconds(5));
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  Await([&] { return hub_.watchers() == 0; });
}

TEST_F(MetricsGrpcTest, WatchRefusesWhatItCannotAnswer) {
  const auto refusal = [&](const v1::GetEntityMetricsRequest& request) {
    grpc::ClientContext context;
    auto reader = stub_->WatchEntityMetrics(&context, request);
    v1::GetEntityMetricsResponse answer;
    EXPECT_FALSE(reader->Read(&answer));
    return reader->Finish().error_code();
  };
  v1::GetEntityMetricsRequest request = For(kA);
  request.mutable_scope()->mutable_as_of()->set_seconds(1);
  EXPECT_EQ(refusal(request), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(For("nonsense")), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(For("component:default/nobody")), grpc::StatusCode::NOT_FOUND);
}

TEST_F(MetricsGrpcTest, WatchesEndWithUnavailableWhenTheServerStops) {
  grpc::ClientContext context;
  auto reader = stub_->WatchEntityMetrics(&context, For(kA));
  v1::GetEntityMetricsResponse answer;
  ASSERT_TRUE(reader->Read(&answer));
  hub_.Drain();
  EXPECT_FALSE(reader->Read(&answer));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("watch again"));
}

WatchAnswer Version(int64_t version) {
  auto answer = std::make_shared<v1::GetEntityMetricsResponse>();
  answer->set_entity_version(version);
  return answer;
}

class WatchSlotTest : public ::testing::Test {
 protected:
  std::vector<int64_t> written_;
  std::vector<absl::Status> finished_;
  WatchSlot slot_{{.write = [this](const auto* answer) { written_.push_back(answer->entity_version()); },
                   .finish = [this](absl::Status status) { finished_.push_back(std::move(status)); }}};
};

TEST_F(WatchSlotTest, ASlowReaderMissesStatesBetweenButNeverTheLatest) {
  for (int version = 1; version <= 5; ++version) slot_.Offer(Version(version));
  EXPECT_THAT(written_, ElementsAre(1));
  slot_.WriteDone(true);
  slot_.WriteDone(true);
  EXPECT_THAT(written_, ElementsAre(1, 5));
  slot_.Offer(Version(6));
  EXPECT_THAT(written_, ElementsAre(1, 5, 6));
}

TEST_F(WatchSlotTest, EndsOnceAndAfterTheWriteUnderWay) {
  slot_.Offer(Version(1));
  slot_.Offer(Version(2));
  slot_.End(absl::UnavailableError("stops"));
  slot_.End(absl::CancelledError("gone"));
  slot_.Offer(Version(3));
  EXPECT_TRUE(finished_.empty());
  slot_.WriteDone(true);
  EXPECT_THAT(finished_, ElementsAre(absl::UnavailableError("stops")));
  EXPECT_THAT(written_, ElementsAre(1));
}

TEST_F(WatchSlotTest, AFailedWriteEndsIt) {
  slot_.Offer(Version(1));
  slot_.WriteDone(false);
  ASSERT_EQ(finished_.size(), 1u);
  EXPECT_TRUE(absl::IsCancelled(finished_[0]));
  slot_.End(absl::UnavailableError("stops"));
  EXPECT_EQ(finished_.size(), 1u);
}

}  // namespace
}  // namespace headway
