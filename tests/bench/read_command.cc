#include "tests/bench/read_command.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "tests/bench/deployments.h"
#include "tests/bench/measurement.h"

namespace headway::bench {
namespace {

// One request under way.
struct Call {
  grpc::ClientContext context;
  v1::GetEntityMetricsRequest request;
  v1::GetEntityMetricsResponse response;
  absl::Time due;
};

// What came back, from gRPC's threads.
class Answers {
 public:
  void Took(absl::Duration span, const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    ++finished_;
    if (status.ok()) {
      spans_.Add(span);
    } else {
      ++errors_[absl::StrCat(status.error_code(), " ", status.error_message())];
    }
  }

  // Blocks until so many came back; false after 30 s.
  bool Wait(int64_t count) {
    absl::MutexLock lock(&mutex_);
    const auto all = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return finished_ >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(30));
  }

  nlohmann::json ToJson() {
    absl::MutexLock lock(&mutex_);
    return {{"latency", spans_.ToJson()}, {"errors", errors_}};
  }

 private:
  absl::Mutex mutex_;
  Distribution spans_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int64_t> errors_ ABSL_GUARDED_BY(mutex_);
  int64_t finished_ ABSL_GUARDED_BY(mutex_) = 0;
};

void Issue(v1::MetricsService::Stub& stub, const ReadOptions& options, int64_t n, absl::Time due, Answers* answers) {
  auto* call = new Call;  // its callback deletes it
  const uint64_t random = Mix(static_cast<uint64_t>(n), static_cast<uint64_t>(absl::ToUnixMicros(due)));
  call->request.set_entity_ref(EntityRef(static_cast<int64_t>(random % static_cast<uint64_t>(options.entities))));
  call->request.mutable_scope()->set_window_days(options.window_days);
  call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  call->due = due;
  stub.async()->GetEntityMetrics(&call->context, &call->request, &call->response,
                                 [call, answers](const grpc::Status& status) {
                                   answers->Took(absl::Now() - call->due, status);
                                   delete call;
                                 });
}

v1::BatchGetEntityMetricsResponse PoolOf(v1::MetricsService::Stub& stub, int64_t first, int64_t last, int window_days) {
  v1::BatchGetEntityMetricsRequest request;
  for (int64_t entity = first; entity < last; ++entity) request.add_entity_refs(EntityRef(entity));
  request.mutable_scope()->set_window_days(window_days);
  request.set_pooled(true);
  request.set_pool_only(true);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::BatchGetEntityMetricsResponse response;
  const grpc::Status status = stub.BatchGetEntityMetrics(&context, request, &response);
  if (!status.ok()) Fail(absl::StrCat("while reading a pool: ", status.error_message()));
  return response;
}

}  // namespace

nlohmann::json Read(const ReadOptions& options) {
  std::vector<std::unique_ptr<v1::MetricsService::Stub>> stubs;
  for (int i = 0; i < options.connections; ++i) {
    stubs.push_back(v1::MetricsService::NewStub(ConnectTo(options.server, i)));
  }
  Answers answers;
  const auto count = static_cast<int64_t>(options.rate * options.seconds);
  const absl::Time began = absl::Now();
  Distribution behind;  // how late this program itself was
  for (int64_t n = 0; n < count; ++n) {
    const absl::Time due = began + absl::Seconds(static_cast<double>(n) / options.rate);
    absl::SleepFor(due - absl::Now());
    behind.Add(absl::Now() - due);
    Issue(*stubs[static_cast<size_t>(n) % stubs.size()], options, n, due, &answers);
  }
  if (!answers.Wait(count)) Fail("requests without an answer after 30 s");
  nlohmann::json result = answers.ToJson();
  result["sent"] = count;
  result["seconds"] = absl::ToDoubleSeconds(absl::Now() - began);
  result["sent_late"] = behind.ToJson();
  return result;
}

nlohmann::json Pool(const ReadOptions& options) {
  auto stub = v1::MetricsService::NewStub(ConnectTo(options.server));
  Distribution spans;
  double first_ms = 0;
  int64_t deployments = 0, changes = 0;
  for (int64_t i = 0; i < options.repeat; ++i) {
    const absl::Time began = absl::Now();
    const v1::BatchGetEntityMetricsResponse response = PoolOf(*stub, 0, options.entities, options.window_days);
    const absl::Duration span = absl::Now() - began;
    deployments = response.pool().coverage().deployments();
    changes = response.pool().coverage().changes();
    if (i == 0) {
      first_ms = absl::ToDoubleMilliseconds(span);
    } else {
      spans.Add(span);
    }
  }
  return {{"first_ms", first_ms}, {"again", spans.ToJson()}, {"deployments", deployments}, {"changes", changes}};
}

nlohmann::json Count(const ReadOptions& options) {
  auto stub = v1::MetricsService::NewStub(ConnectTo(options.server));
  int64_t deployments = 0, unknown = 0;
  constexpr int64_t kEntities = 500;
  for (int64_t first = 0; first < options.entities; first += kEntities) {
    const int64_t last = std::min(first + kEntities, options.entities);
    const v1::BatchGetEntityMetricsResponse response = PoolOf(*stub, first, last, options.window_days);
    deployments += response.pool().coverage().deployments();
    unknown += response.unknown_entity_refs_size();
  }
  return {{"deployments", deployments}, {"unknown_entities", unknown}};
}

}  // namespace headway::bench
