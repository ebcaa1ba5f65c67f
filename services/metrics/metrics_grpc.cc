#include "services/metrics/metrics_grpc.h"

#include <utility>

#include "absl/time/clock.h"
#include "services/metrics/watch_stream.h"
#include "services/runtime/grpc_status.h"

namespace headway {
namespace {

constexpr char kService[] = "MetricsService";

absl::Status TooBusy() { return absl::ResourceExhaustedError("too many requests at once: retry with back-off"); }

// Two requests that mean the same become the same bytes.
absl::StatusOr<v1::GetEntityMetricsRequest> NormaliseWatch(const v1::GetEntityMetricsRequest& request, absl::Time now) {
  if (request.scope().has_as_of()) return absl::InvalidArgumentError("scope.as_of: a watch is of now; leave it out");
  absl::StatusOr<std::string> ref = CheckMeasured(request.entity_ref());
  if (!ref.ok()) return ref.status();
  absl::StatusOr<MetricQuery> query = CheckScope(request.scope(), now);
  if (!query.ok()) return query.status();
  v1::GetEntityMetricsRequest normalised;
  normalised.set_entity_ref(*std::move(ref));
  *normalised.mutable_scope() = std::move(query->scope);
  normalised.mutable_scope()->clear_as_of();
  return normalised;
}

}  // namespace

MetricsGrpc::MetricsGrpc(MetricsAnswers& answers, RequestPool& pool, WatchHub& hub,
                         std::function<absl::Status()> database, const Clock& clock, Instruments& instruments,
                         DefaultPolicies defaults)
    : answers_(answers),
      pool_(pool),
      hub_(hub),
      database_(std::move(database)),
      clock_(clock),
      defaults_(std::move(defaults)),
      catalog_(instruments, kService, "GetMetricCatalog"),
      entity_(instruments, kService, "GetEntityMetrics"),
      batch_(instruments, kService, "BatchGetEntityMetrics"),
      series_(instruments, kService, "GetMetricSeries"),
      explain_(instruments, kService, "ExplainMetric"),
      watch_(instruments, kService, "WatchEntityMetrics") {}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* MetricsGrpc::Handle(grpc::CallbackServerContext* context, const Request* request,
                                              Response* response, RpcInstruments* instruments,
                                              Answer<Request, Response> answer) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time started = absl::Now();
  const auto finish = [reactor, started, instruments](const absl::Status& status) {
    instruments->Finished(static_cast<int>(status.code()), absl::Now() - started);
    reactor->Finish(ToGrpc(status));
  };
  if (absl::Status status = database_(); !status.ok()) {
    finish(absl::UnavailableError(status.message()));
    return reactor;
  }
  Call call{absl::FromChrono(context->deadline()), [context] { return context->IsCancelled(); }};
  // Request, response and context live until finish.
  const bool taken = pool_.Submit([this, request, response, answer, finish, call = std::move(call)] {
    absl::Status status = call.Check();
    if (status.ok()) status = (answers_.*answer)(WithDefaults(defaults_, *request), call, response);
    finish(status);
  });
  if (!taken) finish(TooBusy());
  return reactor;
}

grpc::ServerUnaryReactor* MetricsGrpc::GetMetricCatalog(grpc::CallbackServerContext* context,
                                                        const v1::GetMetricCatalogRequest* request,
                                                        v1::GetMetricCatalogResponse* response) {
  // Known by heart: neither the pool nor the database is needed.
  const absl::Time started = absl::Now();
  const absl::Status status = answers_.GetMetricCatalog(*request, {}, response);
  catalog_.Finished(static_cast<int>(status.code()), absl::Now() - started);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

grpc::ServerUnaryReactor* MetricsGrpc::GetEntityMetrics(grpc::CallbackServerContext* context,
                                                        const v1::GetEntityMetricsRequest* request,
                                                        v1::GetEntityMetricsResponse* response) {
  return Handle(context, request, response, &entity_, &MetricsAnswers::GetEntityMetrics);
}

grpc::ServerUnaryReactor* MetricsGrpc::BatchGetEntityMetrics(grpc::CallbackServerContext* context,
                                                             const v1::BatchGetEntityMetricsRequest* request,
                                                             v1::BatchGetEntityMetricsResponse* response) {
  return Handle(context, request, response, &batch_, &MetricsAnswers::BatchGetEntityMetrics);
}

grpc::ServerUnaryReactor* MetricsGrpc::GetMetricSeries(grpc::CallbackServerContext* context,
                                                       const v1::GetMetricSeriesRequest* request,
                                                       v1::GetMetricSeriesResponse* response) {
  return Handle(context, request, response, &series_, &MetricsAnswers::GetMetricSeries);
}

grpc::ServerUnaryReactor* MetricsGrpc::ExplainMetric(grpc::CallbackServerContext* context,
                                                     const v1::ExplainMetricRequest* request,
                                                     v1::ExplainMetricResponse* response) {
  return Handle(context, request, response, &explain_, &MetricsAnswers::ExplainMetric);
}

grpc::ServerWriteReactor<v1::GetEntityMetricsResponse>* MetricsGrpc::WatchEntityMetrics(
    grpc::CallbackServerContext*, const v1::GetEntityMetricsRequest* request) {
  const absl::Time started = absl::Now();
  auto* stream = new WatchStream([this, started](const WatchSlot* slot, const absl::Status& outcome) {
    hub_.Unsubscribe(slot);
    watch_.Finished(static_cast<int>(outcome.code()), absl::Now() - started);
  });
  const std::shared_ptr<WatchSlot> slot = stream->slot();
  if (absl::Status status = database_(); !status.ok()) {
    slot->End(absl::UnavailableError(status.message()));
    return stream;
  }
  const absl::StatusOr<v1::GetEntityMetricsRequest> normalised =
      NormaliseWatch(WithDefaults(defaults_, *request), clock_.Now());
  absl::Status status = normalised.status();
  if (status.ok()) status = hub_.Subscribe(*normalised, slot);
  if (!status.ok()) slot->End(std::move(status));
  return stream;
}

}  // namespace headway
