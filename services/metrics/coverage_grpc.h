// CoverageService over gRPC: hands calls to a pool of its own, so that a long read of everything keeps no measure waiting.
#ifndef HEADWAY_SERVICES_METRICS_COVERAGE_GRPC_H_
#define HEADWAY_SERVICES_METRICS_COVERAGE_GRPC_H_

#include <functional>

#include "absl/status/status.h"
#include "headway/v1/coverage.grpc.pb.h"
#include "services/base/instruments.h"
#include "services/metrics/coverage_answers.h"
#include "services/metrics/request_pool.h"

namespace headway {

// Thread-safe. What it is given outlives it.
class CoverageGrpc : public v1::CoverageService::CallbackService {
 public:
  // `database`: whether the store can be used now, without blocking; calls are answered UNAVAILABLE with its message where it cannot.
  CoverageGrpc(CoverageAnswers& answers, RequestPool& pool, std::function<absl::Status()> database,
               Instruments& instruments)
      : answers_(answers),
        pool_(pool),
        database_(std::move(database)),
        coverage_(instruments, "CoverageService", "GetCoverage") {}

  grpc::ServerUnaryReactor* GetCoverage(grpc::CallbackServerContext* context, const v1::GetCoverageRequest* request,
                                        v1::GetCoverageResponse* response) override;

 private:
  CoverageAnswers& answers_;
  RequestPool& pool_;
  const std::function<absl::Status()> database_;
  RpcInstruments coverage_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_COVERAGE_GRPC_H_
