#include "services/cli/coverage_call.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "headway/v1/coverage.grpc.pb.h"
#include "services/cli/connection.h"

namespace headway {

absl::StatusOr<v1::GetCoverageResponse> AskCoverage(const CliContext& context, const v1::GetCoverageRequest& request) {
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect(context);
  if (!channel.ok()) return channel.status();
  grpc::ClientContext call;
  call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(40));
  v1::GetCoverageResponse answer;
  const grpc::Status status = v1::CoverageService::NewStub(*channel)->GetCoverage(&call, request, &answer);
  if (absl::Status failed = FromCall(context, status, "asking what is covered"); !failed.ok()) return failed;
  return answer;
}

}  // namespace headway
