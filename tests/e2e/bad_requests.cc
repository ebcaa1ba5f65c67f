// Requests that no well-behaved program sends, against a running installation. Prints one JSON object; judging it is the caller's part.
//
//   bad_requests sizes HOST:PORT                        what is answered to requests that are too large
//   bad_requests crowd HOST:PORT CONNECTIONS SECONDS    many connections with large batches, and how long somebody else waits meanwhile
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "headway/v1/ingest.grpc.pb.h"
#include "headway/v1/metrics.grpc.pb.h"

namespace headway {
namespace {

using Json = nlohmann::json;
using Ingest = v1::IngestService::Stub;

// Each of its own connection: channels share one otherwise.
std::shared_ptr<grpc::Channel> Connect(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
}

v1::Observation Record(int i, size_t text_bytes) {
  v1::Observation observation;
  observation.set_source("test:bad-requests");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("d", i));
  deployment.set_stream("s");
  deployment.set_environment("test");
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  deployment.mutable_finished_at()->set_seconds(1'700'000'000 + i);
  deployment.set_revision_evidence(std::string(text_bytes, 'x'));
  return observation;
}

v1::IngestRequest Batch(int records, size_t text_bytes) {
  v1::IngestRequest request;
  for (int i = 0; i < records; ++i) *request.add_observations() = Record(i, text_bytes);
  return request;
}

grpc::Status Send(Ingest& stub, const v1::IngestRequest& request, v1::IngestResponse* response,
                  const std::map<std::string, std::string>& metadata = {}) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  return stub.Ingest(&context, request, response);
}

Json Outcome(const grpc::Status& status, const v1::IngestResponse& response) {
  Json rejections = Json::array();
  for (const v1::Rejection& rejection : response.rejections()) {
    if (rejections.size() < 3) rejections.push_back({{"index", rejection.index()}, {"field", rejection.field()}});
  }
  return {{"code", static_cast<int>(status.error_code())},
          {"message", status.error_message()},
          {"stored", response.stored()},
          {"rejected", response.rejected()},
          {"listed", response.rejections_size()},
          {"rejections", rejections}};
}

Json Sizes(const std::string& server) {
  auto stub = v1::IngestService::NewStub(Connect(server));
  const auto ask = [&](const v1::IngestRequest& request, const std::map<std::string, std::string>& metadata = {}) {
    v1::IngestResponse response;
    const grpc::Status status = Send(*stub, request, &response, metadata);
    return Outcome(status, response);
  };
  // What is too large may cost a sender its connection, but only that.
  const auto ask_anew = [&](const v1::IngestRequest& request) {
    auto other = v1::IngestService::NewStub(Connect(server));
    v1::IngestResponse response;
    const grpc::Status status = Send(*other, request, &response);
    return Outcome(status, response);
  };
  v1::IngestRequest long_text = Batch(2, 0);
  long_text.mutable_observations(1)->mutable_deployment()->set_revision_evidence(std::string(2'000, 'x'));
  v1::IngestRequest broken = Batch(9'000, 0);
  for (v1::Observation& observation : *broken.mutable_observations()) observation.mutable_deployment()->clear_stream();
  return {{"empty", ask({})},
          {"largest", ask(Batch(10'000, 0))},
          {"too_many_records", ask(Batch(10'001, 0))},
          {"too_many_bytes", ask(Batch(5'000, 1'000))},
          {"far_too_many_bytes", ask(Batch(9'900, 1'000))},
          {"long_text", ask(long_text)},
          {"all_broken", ask(broken)},
          {"large_metadata", ask(Batch(1, 0), {{"x-large", std::string(64 << 10, 'x')}})},
          {"after_all_that", ask_anew(Batch(1, 0))}};
}

struct Crowd {
  absl::Mutex mutex;
  std::map<int, int> codes;
  std::atomic<bool> stop{false};

  void Send(const std::string& server, const v1::IngestRequest& request) {
    auto stub = v1::IngestService::NewStub(Connect(server));
    while (!stop) {
      v1::IngestResponse response;
      const grpc::Status status = headway::Send(*stub, request, &response);
      absl::MutexLock lock(&mutex);
      ++codes[static_cast<int>(status.error_code())];
    }
  }
};

// How long somebody waits who asks for little, in seconds; and how often the answer was no.
Json AskMeanwhile(const std::string& server, absl::Duration span) {
  auto stub = v1::MetricsService::NewStub(Connect(server));
  std::vector<double> waits;
  int failed = 0;
  for (const absl::Time end = absl::Now() + span; absl::Now() < end; absl::SleepFor(absl::Milliseconds(50))) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    v1::GetMetricCatalogResponse response;
    const absl::Time started = absl::Now();
    failed += stub->GetMetricCatalog(&context, {}, &response).ok() ? 0 : 1;
    waits.push_back(absl::ToDoubleSeconds(absl::Now() - started));
  }
  std::sort(waits.begin(), waits.end());
  return {
      {"asked", waits.size()}, {"failed", failed}, {"median_s", waits[waits.size() / 2]}, {"longest_s", waits.back()}};
}

Json RunCrowd(const std::string& server, int connections, absl::Duration span) {
  // Nearly as large as a batch may be. Nothing in it is stored: what is measured is what a request costs before that.
  v1::IngestRequest request = Batch(3'800, 1'000);
  for (v1::Observation& observation : *request.mutable_observations()) observation.mutable_deployment()->clear_stream();
  Crowd crowd;
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) threads.emplace_back([&] { crowd.Send(server, request); });
  Json result = {{"others", AskMeanwhile(server, span)}};
  crowd.stop = true;
  for (std::thread& thread : threads) thread.join();
  for (const auto& [code, count] : crowd.codes) result["codes"][std::to_string(code)] = count;
  return result;
}

int Main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[1] : "";
  Json result;
  if (command == "sizes") {
    result = Sizes(argv[2]);
  } else if (command == "crowd" && argc == 5) {
    result = RunCrowd(argv[2], std::atoi(argv[3]), absl::Seconds(std::atoi(argv[4])));
  } else {
    fprintf(stderr, "usage: bad_requests sizes HOST:PORT | crowd HOST:PORT CONNECTIONS SECONDS\n");
    return 2;
  }
  printf("%s\n", result.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) { return headway::Main(argc, argv); }
