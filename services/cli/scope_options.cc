#include "services/cli/scope_options.h"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/timestamp.h"
#include "services/cli/policy_option.h"

namespace headway {
namespace {

// "30d", "4w", or a bare number of days.
absl::StatusOr<int> DaysOf(const std::string& window) {
  int days = 0;
  if (absl::SimpleAtoi(window, &days)) return days;
  const absl::StatusOr<absl::Duration> duration = ParseHumanDuration(window);
  const absl::Duration day = absl::Hours(24);
  if (!duration.ok() || *duration % day != absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("--window ", window, ": write whole days, such as 30d or 4w"));
  }
  // Beyond an int it would come out as another number of days.
  return static_cast<int>(std::min<int64_t>(*duration / day, std::numeric_limits<int>::max()));
}

}  // namespace

void AddScopeOptions(Command command, ScopeOptions* options, bool with_as_of) {
  command.Option("--window", &options->window, "How far back, in days (30d, 4w)");
  if (with_as_of)
    command.Option("--as-of", &options->as_of, "End of the window; what happened later is unknown (default: now)");
  command.Option("--environment", &options->environment, "One environment by its name, in place of tier production");
  command.Option("--time-zone", &options->time_zone, "Time zone of days, such as Europe/Berlin (default: UTC)");
  command.Option("--policy", &options->policies, "A rule to measure by, name=value; may be given several times");
  command.Choice("--format", &options->format, {"table", "json"}, "How to print it");
}

absl::StatusOr<v1::MetricScope> ScopeOf(const ScopeOptions& options) {
  v1::MetricScope scope;
  const absl::StatusOr<int> days = DaysOf(options.window);
  if (!days.ok()) return days.status();
  // The contract's zero means the default; nobody means that by a zero here.
  if (*days < 1 || *days > 3660)
    return absl::InvalidArgumentError(absl::StrCat("--window ", options.window, ": it must be 1 to 3660 days"));
  scope.set_window_days(*days);
  if (options.as_of != absl::InfiniteFuture()) *scope.mutable_as_of() = ToTimestamp(options.as_of);
  scope.set_environment(options.environment);
  scope.set_time_zone(options.time_zone);
  for (const std::string& assignment : options.policies) {
    if (absl::Status status = SetPolicy(assignment, scope.mutable_policies()); !status.ok()) return status;
  }
  return scope;
}

std::string JsonOf(const google::protobuf::Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  options.always_print_primitive_fields = true;
  std::string json;
  // Only messages that JSON cannot hold fail, and timestamps out of range are the only such; the server sends none.
  if (const auto status = google::protobuf::util::MessageToJsonString(message, &json, options); !status.ok())
    json = "{}";
  if (json.empty() || json.back() != '\n') json += '\n';
  return json;
}

bool WantsColours(const CliContext& context) {
  return context.out == &std::cout && isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

}  // namespace headway
