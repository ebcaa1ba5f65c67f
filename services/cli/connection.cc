#include "services/cli/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <ostream>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr int kAttempts = 4;

absl::Status OutOfReach(const CliContext& context) {
  return absl::UnavailableError(
      absl::StrCat("cannot reach Headway at ", context.server, ": is it running? try ./headway up"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const CliContext& context, absl::Duration patience) {
  grpc::ChannelArguments arguments;
  // An installation is reached directly; a proxy in the environment is meant for the web.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  // The default waits up to two minutes between attempts: too long after a restart of the server.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Also how long an attempt may take: a busy machine answers late.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(context.server, grpc::InsecureChannelCredentials(), arguments);
  const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience);
  // A server under load drops a connection now and then; where nobody listens, each attempt is refused at once.
  int failures = 0;
  grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
  while (state != GRPC_CHANNEL_READY) {
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE && ++failures == kAttempts) return OutOfReach(context);
    if (!channel->WaitForStateChange(state, deadline)) return OutOfReach(context);
    state = channel->GetState(/*try_to_connect=*/true);
  }
  return channel;
}

absl::Status FromCall(const CliContext& context, const grpc::Status& status, absl::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE &&
      // The transport's words; a server that cannot reach its database says "connecting" too, and is not out of reach itself.
      status.error_message().rfind("failed to connect to all addresses", 0) == 0) {
    return OutOfReach(context);
  }
  // The numbers of gRPC's and Abseil's codes are the same.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat("while ", doing, ": ", status.error_message()));
}

int ReportError(const CliContext& context, const absl::Status& status) {
  *context.err << "headway: " << std::string(status.message()) << "\n";
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ? kExitUsage : kExitFailed;
}

}  // namespace headway
