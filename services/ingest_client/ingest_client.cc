#include "services/ingest_client/ingest_client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "headway/v1/ingest.grpc.pb.h"
#include "services/runtime/grpc_status.h"

namespace headway {
namespace {

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  // An installation is reached directly; a proxy in the environment is meant for the web.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // The default waits up to two minutes between attempts: too long after a restart of the server.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  return arguments;
}

class GrpcIngestClient : public IngestClient {
 public:
  GrpcIngestClient(const std::string& address, absl::Duration within)
      : within_(within),
        stub_(v1::IngestService::NewStub(
            grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), Arguments()))) {}

  absl::StatusOr<v1::IngestResponse> Send(const v1::IngestRequest& batch) override {
    v1::IngestResponse response;
    const absl::Status status =
        Call("sending observations", [&](grpc::ClientContext* call) { return stub_->Ingest(call, batch, &response); });
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::ListStreamsResponse> ListStreams(const v1::ListStreamsRequest& request) override {
    v1::ListStreamsResponse response;
    const absl::Status status = Call("asking for declared streams", [&](grpc::ClientContext* call) {
      return stub_->ListStreams(call, request, &response);
    });
    if (!status.ok()) return status;
    return response;
  }

  void Cancel() override {
    absl::MutexLock lock(&mutex_);
    is_cancelled_ = true;
    for (grpc::ClientContext* call : calls_) call->TryCancel();
  }

 private:
  // `doing` completes "while ...".
  absl::Status Call(absl::string_view doing, absl::FunctionRef<grpc::Status(grpc::ClientContext*)> make) {
    grpc::ClientContext call;
    call.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(within_));
    {
      absl::MutexLock lock(&mutex_);
      if (is_cancelled_) return absl::CancelledError("stopping");
      calls_.insert(&call);
    }
    const absl::Status status = FromGrpc(make(&call));
    absl::MutexLock lock(&mutex_);
    calls_.erase(&call);
    if (is_cancelled_) return absl::CancelledError("stopping");
    if (status.ok()) return status;
    return absl::Status(status.code(), absl::StrCat("while ", doing, ": ", status.message()));
  }

  const absl::Duration within_;
  const std::unique_ptr<v1::IngestService::Stub> stub_;
  absl::Mutex mutex_;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<grpc::ClientContext*> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<IngestClient> MakeIngestClient(const std::string& address, absl::Duration within) {
  return std::make_unique<GrpcIngestClient>(address, within);
}

}  // namespace headway
