#include "services/aggregator/ingest_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"
#include "prometheus/text_serializer.h"
#include "services/aggregator/aggregator_service.h"
#include "services/runtime/process.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using testing::PostgresCluster;

v1::Observation Deployment(int i) {
  v1::Observation observation;
  observation.set_source("test:1");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("d", i));
  deployment.set_stream("s");
  deployment.set_environment("prod");
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  deployment.mutable_finished_at()->set_seconds(1000 + i);
  return observation;
}

v1::IngestRequest Batch(int first, int count) {
  v1::IngestRequest request;
  for (int i = first; i < first + count; ++i) *request.add_observations() = Deployment(i);
  return request;
}

// The whole aggregator behind a real port, with a client.
class Server {
 public:
  explicit Server(const std::string& url, IngestPoolOptions pool = {}) {
    AggregatorOptions options{[url]() -> absl::StatusOr<std::string> { return url; }, 0, pool};
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(MakeAggregatorService(std::move(options), instruments));
    process = std::make_unique<Process>(ProcessOptions{"127.0.0.1:0"}, instruments, std::move(services));
    absl::Status started = process->Start();
    EXPECT_TRUE(started.ok()) << started;
    stub = v1::IngestService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", process->port()), grpc::InsecureChannelCredentials()));
  }

  absl::Status WaitForHealth(absl::StatusCode code) {
    absl::Status status;
    for (int i = 0; i < 400; ++i) {
      status = process->UpdateHealth();
      if (status.code() == code) return status;
      absl::SleepFor(absl::Milliseconds(25));
    }
    ADD_FAILURE() << "health stays " << status;
    return status;
  }
  void WaitUntilReady() { EXPECT_TRUE(WaitForHealth(absl::StatusCode::kOk).ok()); }

  grpc::Status Ingest(const v1::IngestRequest& request, v1::IngestResponse* response,
                      absl::Duration within = absl::Seconds(30)) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + within));
    return stub->Ingest(&context, request, response);
  }

  Instruments instruments;
  std::unique_ptr<Process> process;
  std::unique_ptr<v1::IngestService::Stub> stub;
};

class IngestServiceTest : public testing::PostgresTest {
 protected:
  // Until one session waits for a lock.
  void WaitForOneWaiter() const {
    while (Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "1") {
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
};

TEST_F(IngestServiceTest, TellsWhatBecameOfEachRecord) {
  Server server(url());
  server.WaitUntilReady();
  v1::IngestRequest request = Batch(0, 3);
  *request.add_observations() = Deployment(1);
  request.add_observations()->set_source("nothing in it");
  *request.add_observations() = Deployment(4);
  request.mutable_observations(5)->mutable_deployment()->clear_finished_at();
  v1::IngestResponse response;
  grpc::Status status = server.Ingest(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.stored(), 3);
  EXPECT_EQ(response.duplicates(), 1);
  EXPECT_EQ(response.rejected(), 2);
  ASSERT_EQ(response.rejections_size(), 2);
  EXPECT_EQ(response.rejections(0).index(), 4);
  EXPECT_EQ(response.rejections(0).field(), "kind");
  EXPECT_EQ(response.rejections(1).index(), 5);
  EXPECT_EQ(response.rejections(1).field(), "deployment.finished_at");
  EXPECT_EQ(response.rejections(1).reason(), "is required");
  EXPECT_EQ(Query("SELECT count(*) FROM raw.observations"), "3");
  const std::string text = prometheus::TextSerializer().Serialize(server.instruments.registry()->Collect());
  EXPECT_THAT(text, HasSubstr("headway_ingest_records_total{outcome=\"rejected\"} 2"));
  EXPECT_THAT(text, HasSubstr("headway_rpc_total{code=\"OK\",method=\"Ingest\",service=\"IngestService\"} 1"));
}

TEST_F(IngestServiceTest, RefusesBatchesOutOfBounds) {
  Server server(url());
  server.WaitUntilReady();
  v1::IngestResponse response;
  grpc::Status status = server.Ingest({}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  status = server.Ingest(Batch(0, 10'001), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("10000 records"));
  v1::IngestRequest large = Batch(0, 2);
  large.mutable_observations(0)->mutable_deployment()->set_revision_evidence(std::string(5 << 20, 'x'));
  status = server.Ingest(large, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("4 MiB"));
  EXPECT_TRUE(server.Ingest(Batch(0, 10'000), &response).ok());
  EXPECT_EQ(response.stored(), 10'000);
}

TEST_F(IngestServiceTest, ListsWhatIsDeclaredBeforeItIsFolded) {
  Server server(url());  // without workers
  server.WaitUntilReady();
  v1::IngestRequest batch;
  for (int i = 0; i < 3; ++i) {
    v1::Observation& one = *batch.add_observations();
    one.set_source(i < 2 ? "argocd:main" : "argocd:other");
    one.mutable_stream()->set_stream(absl::StrCat("argocd/app-", i));
    one.mutable_stream()->set_name(absl::StrCat("app-", i));
    one.mutable_stream()->set_version(7);
  }
  v1::IngestResponse stored;
  ASSERT_TRUE(server.Ingest(batch, &stored).ok());
  ASSERT_EQ(stored.stored(), 3);
  const auto list = [&](const v1::ListStreamsRequest& request, v1::ListStreamsResponse* response) {
    grpc::ClientContext context;
    return server.stub->ListStreams(&context, request, response);
  };
  v1::ListStreamsRequest request;
  v1::ListStreamsResponse response;
  EXPECT_EQ(list(request, &response).error_message(), "source: is required");
  request.set_source("argocd:main");
  request.set_after(std::string(2000, 'x'));
  EXPECT_EQ(list(request, &response).error_message(), "after: is longer than 1024 bytes");
  request.set_after("nothing");
  EXPECT_EQ(list(request, &response).error_message(), "after: is not what a page said in next");
  request.clear_after();
  ASSERT_TRUE(list(request, &response).ok());
  ASSERT_EQ(response.streams_size(), 2);
  EXPECT_EQ(response.streams(0).version(), 7u);
  request.set_after(response.next());
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(response.streams_size(), 0);
  EXPECT_EQ(response.next(), "");
}

TEST_F(IngestServiceTest, AStreamAddsItsBatchesUp) {
  Server server(url());
  server.WaitUntilReady();
  grpc::ClientContext context;
  v1::IngestResponse response;
  auto stream = server.stub->IngestStream(&context, &response);
  EXPECT_TRUE(stream->Write(Batch(0, 100)));
  v1::IngestRequest second = Batch(90, 20);
  second.mutable_observations(19)->clear_source();
  EXPECT_TRUE(stream->Write(second));
  stream->WritesDone();
  grpc::Status status = stream->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.stored(), 109);
  EXPECT_EQ(response.duplicates(), 10);
  EXPECT_EQ(response.rejected(), 1);
  ASSERT_EQ(response.rejections_size(), 1);
  EXPECT_EQ(response.rejections(0).index(), 119);
}

TEST_F(IngestServiceTest, AStreamThatWaitsForItsSenderEndsWhenTheServerStops) {
  Server server(url());
  server.WaitUntilReady();
  grpc::ClientContext context;
  v1::IngestResponse response;
  auto stream = server.stub->IngestStream(&context, &response);
  ASSERT_TRUE(stream->Write(Batch(0, 5)));
  while (Query("SELECT count(*) FROM raw.observations") != "5") absl::SleepFor(absl::Milliseconds(10));
  const absl::Time begin = absl::Now();
  server.process->Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(IngestServiceTest, SaysAtOnceThatThereIsNoRoom) {
  Server server(url(), {/*threads=*/1, /*max_queued_batches=*/1});
  server.WaitUntilReady();
  testing::TableLock lock(url(), "raw.work_items");
  std::atomic<int> stored{0}, refused{0};
  std::vector<std::thread> senders;
  for (int i = 0; i < 6; ++i) {
    senders.emplace_back([&, i] {
      v1::IngestResponse response;
      grpc::Status status = server.Ingest(Batch(i * 10, 10), &response);
      if (status.ok()) stored += static_cast<int>(response.stored());
      if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) ++refused;
    });
    if (i == 0) WaitForOneWaiter();
  }
  // One batch is being stored (and waits for the lock), one waits in the queue; all others are refused without waiting.
  while (refused < 4) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(stored, 0);
  lock.Release();
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(stored, 20);
}

TEST_F(IngestServiceTest, DoesNotBeginWhatNobodyWaitsFor) {
  Server server(url(), {/*threads=*/1});
  server.WaitUntilReady();
  testing::TableLock lock(url(), "raw.work_items");
  std::thread first([&] {
    v1::IngestResponse response;
    EXPECT_TRUE(server.Ingest(Batch(0, 1), &response).ok());
  });
  WaitForOneWaiter();
  v1::IngestResponse response;
  grpc::Status status = server.Ingest(Batch(100, 1), &response, absl::Milliseconds(100));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  lock.Release();
  first.join();
  EXPECT_TRUE(server.Ingest(Batch(200, 1), &response).ok());  // behind the one that was given up
  EXPECT_EQ(Query("SELECT count(*) FROM raw.observations"), "2");
}

TEST_F(IngestServiceTest, AStatementThatHangsEndsWithTheDeadline) {
  Server server(url());
  server.WaitUntilReady();
  testing::TableLock lock(url(), "raw.work_items");
  v1::IngestResponse response;
  EXPECT_FALSE(server.Ingest(Batch(0, 1), &response, absl::Milliseconds(400)).ok());
  bool ended = false;
  for (int i = 0; i < 100 && !ended; ++i) {
    ended = Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "0";
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_TRUE(ended);
}

TEST(IngestServiceWithoutSchema, SaysWhatToDo) {
  const std::string url = PostgresCluster::Shared().Url(PostgresCluster::Shared().CreateEmptyDatabase());
  Server server(url);
  absl::Status health = server.WaitForHealth(absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(health.message()), HasSubstr("run headway-migrate"));
  v1::IngestResponse response;
  grpc::Status status = server.Ingest(Batch(0, 1), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("run headway-migrate"));
}

// Kills PostgreSQL without warning again and again while batches come in: what was acknowledged is there.
TEST(IngestServiceUnderFailure, WhatIsAcknowledgedIsPresent) {
  PostgresCluster cluster(/*fsync=*/true);
  const std::string url = cluster.Url(cluster.CreateDatabase());
  Server server(url);
  server.WaitUntilReady();
  std::atomic<bool> done{false};
  std::vector<std::vector<int>> acknowledged(3);
  std::atomic<int> failed{0};
  std::vector<std::thread> senders;
  for (int s = 0; s < 3; ++s) {
    senders.emplace_back([&, s] {
      for (int n = 0; !done; ++n) {
        const int first = s * 10'000'000 + n * 50;
        v1::IngestResponse response;
        if (server.Ingest(Batch(first, 50), &response).ok()) {
          acknowledged[s].push_back(first);
        } else {
          ++failed;
          absl::SleepFor(absl::Milliseconds(10));
        }
      }
    });
  }
  for (int round = 0; round < 2; ++round) {
    absl::SleepFor(absl::Milliseconds(600));
    cluster.Kill();
    EXPECT_TRUE(absl::IsUnavailable(server.WaitForHealth(absl::StatusCode::kUnavailable)));
    cluster.Start();
    server.WaitUntilReady();
  }
  absl::SleepFor(absl::Milliseconds(300));
  done = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_GT(failed, 0);
  int batches = 0;
  for (int s = 0; s < 3; ++s) {
    for (const int first : acknowledged[s]) {
      v1::IngestResponse response;
      ASSERT_TRUE(server.Ingest(Batch(first, 50), &response).ok());
      ASSERT_EQ(response.duplicates(), 50) << "acknowledged, and gone: from " << first;
      ++batches;
    }
  }
  EXPECT_GT(batches, 20);
}

}  // namespace
}  // namespace headway
