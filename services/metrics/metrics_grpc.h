// MetricsService over gRPC: hands calls to a bounded pool, so that gRPC's threads never wait, and streams to the hub.
#ifndef HEADWAY_SERVICES_METRICS_METRICS_GRPC_H_
#define HEADWAY_SERVICES_METRICS_METRICS_GRPC_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "headway/v1/metrics.grpc.pb.h"
#include "services/base/clock.h"
#include "services/base/instruments.h"
#include "services/metrics/default_policies.h"
#include "services/metrics/metrics_answers.h"
#include "services/metrics/request_pool.h"
#include "services/metrics/watch_hub.h"

namespace headway {

// Thread-safe. What it is given outlives it.
class MetricsGrpc : public v1::MetricsService::CallbackService {
 public:
  // `database`: whether the store can be used now, without blocking; calls are answered UNAVAILABLE with its message where it cannot.
  MetricsGrpc(MetricsAnswers& answers, RequestPool& pool, WatchHub& hub, std::function<absl::Status()> database,
              const Clock& clock, Instruments& instruments, DefaultPolicies defaults = {});

  grpc::ServerUnaryReactor* GetMetricCatalog(grpc::CallbackServerContext* context,
                                             const v1::GetMetricCatalogRequest* request,
                                             v1::GetMetricCatalogResponse* response) override;
  grpc::ServerUnaryReactor* GetEntityMetrics(grpc::CallbackServerContext* context,
                                             const v1::GetEntityMetricsRequest* request,
                                             v1::GetEntityMetricsResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetEntityMetrics(grpc::CallbackServerContext* context,
                                                  const v1::BatchGetEntityMetricsRequest* request,
                                                  v1::BatchGetEntityMetricsResponse* response) override;
  grpc::ServerUnaryReactor* GetMetricSeries(grpc::CallbackServerContext* context,
                                            const v1::GetMetricSeriesRequest* request,
                                            v1::GetMetricSeriesResponse* response) override;
  grpc::ServerUnaryReactor* ExplainMetric(grpc::CallbackServerContext* context, const v1::ExplainMetricRequest* request,
                                          v1::ExplainMetricResponse* response) override;
  grpc::ServerWriteReactor<v1::GetEntityMetricsResponse>* WatchEntityMetrics(
      grpc::CallbackServerContext* context, const v1::GetEntityMetricsRequest* request) override;

 private:
  template <typename Request, typename Response>
  using Answer = absl::Status (MetricsAnswers::*)(const Request&, const Call&, Response*);

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Handle(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                   RpcInstruments* instruments, Answer<Request, Response> answer);

  MetricsAnswers& answers_;
  RequestPool& pool_;
  WatchHub& hub_;
  const std::function<absl::Status()> database_;
  const Clock& clock_;
  const DefaultPolicies defaults_;
  RpcInstruments catalog_;
  RpcInstruments entity_;
  RpcInstruments batch_;
  RpcInstruments series_;
  RpcInstruments explain_;
  RpcInstruments watch_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_METRICS_GRPC_H_
