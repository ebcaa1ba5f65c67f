// The way from a command to a running installation.
#ifndef HEADWAY_SERVICES_CLI_CONNECTION_H_
#define HEADWAY_SERVICES_CLI_CONNECTION_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/cli/command.h"

namespace grpc {
class Channel;
class Status;
}  // namespace grpc

namespace headway {

// A channel that is connected. Blocks for at most `patience`. UNAVAILABLE, with words for people, when nobody answers there;
// within a second when connections are refused.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const CliContext& context,
                                                       absl::Duration patience = absl::Seconds(3));

// The outcome of a call: `doing` says what was attempted ("reading component:default/x"). A server that went away is said in the
// same words as by Connect.
absl::Status FromCall(const CliContext& context, const grpc::Status& status, absl::string_view doing);

// Prints "headway: <message>" to context.err. Returns kExitUsage for INVALID_ARGUMENT and NOT_FOUND (the command names something
// that does not exist), else kExitFailed.
int ReportError(const CliContext& context, const absl::Status& status);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_CONNECTION_H_
