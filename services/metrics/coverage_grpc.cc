#include "services/metrics/coverage_grpc.h"

#include "absl/time/clock.h"
#include "services/runtime/grpc_status.h"

namespace headway {

grpc::ServerUnaryReactor* CoverageGrpc::GetCoverage(grpc::CallbackServerContext* context,
                                                    const v1::GetCoverageRequest* request,
                                                    v1::GetCoverageResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [this, reactor, started = absl::Now()](const absl::Status& status) {
    coverage_.Finished(static_cast<int>(status.code()), absl::Now() - started);
    reactor->Finish(ToGrpc(status));
  };
  if (absl::Status status = database_(); !status.ok()) {
    finish(absl::UnavailableError(status.message()));
    return reactor;
  }
  Call call{absl::FromChrono(context->deadline()), [context] { return context->IsCancelled(); }};
  // Request, response and context live until finish.
  const bool taken = pool_.Submit([this, request, response, finish, call = std::move(call)] {
    absl::Status status = call.Check();
    if (status.ok()) status = answers_.GetCoverage(*request, call, response);
    finish(status);
  });
  if (!taken) finish(absl::ResourceExhaustedError("too many requests at once: retry with back-off"));
  return reactor;
}

}  // namespace headway
