#include "services/gateway/backends.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "absl/strings/str_cat.h"

namespace headway::gateway {
namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& address, size_t max_message_bytes) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(max_message_bytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(max_message_bytes));
  // What a backend may send ahead on one call. Left to itself gRPC lets it grow to megabytes, times the calls in flight.
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 256 << 10);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);     // whether to try again is the caller's decision
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // backends are named by address, not reached through a proxy
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

Backends::Backends(const std::vector<Route>& routes, size_t max_message_bytes) {
  for (const Route& route : routes) {
    Backend& backend = by_address_[route.address];
    if (backend.channel == nullptr) {
      backend.channel = Connect(route.address, max_message_bytes);
      backend.stub = std::make_unique<grpc::GenericStub>(backend.channel);
    }
    stubs_.push_back(backend.stub.get());
  }
}

absl::Status Backends::Ready() const {
  for (const auto& [address, backend] : by_address_) {
    if (backend.channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) {
      return absl::UnavailableError(absl::StrCat("no connection to the backend ", address));
    }
  }
  return absl::OkStatus();
}

}  // namespace headway::gateway
