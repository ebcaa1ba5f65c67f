#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "tests/bench/deployments.h"
#include "tests/bench/read_command.h"
#include "tests/bench/send.h"

namespace headway::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kPause = absl::Milliseconds(2);

// Counted deployments of the last day; 0 also where nothing is known of the entity.
int64_t Deployments(v1::MetricsService::Stub& stub, const std::string& entity) {
  v1::GetEntityMetricsRequest request;
  request.set_entity_ref(entity);
  request.mutable_scope()->set_window_days(1);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  v1::GetEntityMetricsResponse response;
  const grpc::Status status = stub.GetEntityMetrics(&context, request, &response);
  if (status.ok()) return response.coverage().deployments();
  if (status.error_code() != grpc::StatusCode::NOT_FOUND) Fail(absl::StrCat("while reading: ", status.error_message()));
  return 0;
}

}  // namespace

nlohmann::json Freshness(const ReadOptions& options) {
  Sender sender(options.server, 0);
  auto stub = v1::MetricsService::NewStub(ConnectTo(options.server, 1));
  const std::string source = absl::StrCat("argocd:bench-fresh-", absl::ToUnixMicros(absl::Now()));
  Distribution visible;
  for (int64_t i = 0; i < options.repeat; ++i) {
    // Entities that the load does not touch at the same time: their count moves by this event alone.
    const int64_t entity = 900000 + i % 100;
    const int64_t before = Deployments(*stub, EntityRef(entity));
    v1::IngestRequest batch;
    *batch.add_observations() = DeploymentOf(source, i, entity, absl::Now() - absl::Seconds(1));
    const absl::Time began = absl::Now();
    sender.Send(batch);
    while (Deployments(*stub, EntityRef(entity)) <= before) {
      if (absl::Now() - began > kPatience) Fail("an event is not in the answer after 30 s");
      absl::SleepFor(kPause);
    }
    visible.Add(absl::Now() - began);
  }
  return {{"acknowledged", sender.latency.ToJson()}, {"visible", visible.ToJson()}};
}

}  // namespace headway::bench
