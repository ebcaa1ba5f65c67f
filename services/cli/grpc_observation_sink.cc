#include "services/cli/grpc_observation_sink.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "headway/v1/ingest.grpc.pb.h"
#include "services/cli/connection.h"

namespace headway {
namespace {

class GrpcObservationSink : public ObservationSink {
 public:
  GrpcObservationSink(const CliContext& context, std::shared_ptr<grpc::Channel> channel)
      : context_(context), stub_(v1::IngestService::NewStub(std::move(channel))) {}

  absl::StatusOr<v1::IngestResponse> Send(const v1::IngestRequest& batch) override {
    grpc::ClientContext call;
    call.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    v1::IngestResponse response;
    const grpc::Status status = stub_->Ingest(&call, batch, &response);
    if (!status.ok()) return FromCall(context_, status, "sending observations");
    return response;
  }

 private:
  const CliContext& context_;
  const std::unique_ptr<v1::IngestService::Stub> stub_;
};

}  // namespace

std::unique_ptr<ObservationSink> MakeGrpcObservationSink(const CliContext& context,
                                                         std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<GrpcObservationSink>(context, std::move(channel));
}

}  // namespace headway
