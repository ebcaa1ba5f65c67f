// One call on its way through a backend: request in, messages out as there is room, trailers at the end. What the messages are it does not know.
#ifndef HEADWAY_SERVICES_GATEWAY_FORWARDED_CALL_H_
#define HEADWAY_SERVICES_GATEWAY_FORWARDED_CALL_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/gateway_instruments.h"
#include "services/gateway/metadata_filter.h"
#include "services/gateway/response_buffer.h"
#include "services/gateway/wire_format.h"

namespace headway::gateway {

struct CallPlan {
  grpc::GenericStub* stub = nullptr;
  std::string method;  // "/package.Service/Method"
  absl::Time deadline = absl::InfiniteFuture();
  Headers metadata;
  std::string message;
  const WireFormat* format = nullptr;
  const MetadataRules* rules = nullptr;
  std::string origin;  // of the page that may read the answer; empty: none
  std::shared_ptr<ResponseBuffer> response;
  GatewayInstruments* instruments = nullptr;
};

// Thread-safe. Lives, besides who holds it, until gRPC is done with it.
class ForwardedCall : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // `done` is called once, as the last thing, on a thread of gRPC's.
  static std::shared_ptr<ForwardedCall> Start(CallPlan plan, std::function<void()> done);

  // There is room in the response again, after it said that there was none.
  void Resume();
  // Nobody waits for the answer any more.
  void Abandon();
  // The call ends with this status instead of its own, as soon as what has come before is written.
  void EndWith(absl::Status status);
  // Whether it has answered with a message already.
  bool HasAnswered() const;

 private:
  explicit ForwardedCall(CallPlan plan, std::function<void()> done);
  void Begin();

  void OnReadInitialMetadataDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  void PassOn();
  Headers TrailersOf(const grpc::Status& status) const;

  CallPlan plan_;
  const std::function<void()> done_;
  const absl::Time began_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  Headers metadata_;  // the answer's initial
  std::shared_ptr<ForwardedCall> self_;
  mutable absl::Mutex mutex_;
  bool has_answered_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);  // not OK: instead of the call's own
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_FORWARDED_CALL_H_
