// The options that every command about measures has: over what to measure, and how to print it.
#ifndef HEADWAY_SERVICES_CLI_SCOPE_OPTIONS_H_
#define HEADWAY_SERVICES_CLI_SCOPE_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "headway/v1/metrics.pb.h"
#include "services/cli/command.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace headway {

// Must outlive the run of the command.
struct ScopeOptions {
  std::string window = "30d";
  absl::Time as_of = absl::InfiniteFuture();  // not given: now, by the server's clock
  std::string environment;
  std::string time_zone;
  std::vector<std::string> policies;
  std::string format = "table";

  bool is_json() const { return format == "json"; }
};

// Adds --window, --environment, --time-zone, --policy, --format; and --as-of, but for watches.
void AddScopeOptions(Command command, ScopeOptions* options, bool with_as_of = true);

// INVALID_ARGUMENT names the option and what it accepts.
absl::StatusOr<v1::MetricScope> ScopeOf(const ScopeOptions& options);

// The canonical JSON of the message, every number exact. One line unless pretty.
std::string JsonOf(const google::protobuf::Message& message, bool pretty);

// Whether what is written there is seen by a person at a terminal that wants colours.
bool WantsColours(const CliContext& context);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_SCOPE_OPTIONS_H_
