// "--policy name=value" on the command line, for every field of headway.v1.Policies.
#ifndef HEADWAY_SERVICES_CLI_POLICY_OPTION_H_
#define HEADWAY_SERVICES_CLI_POLICY_OPTION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/policy.pb.h"

namespace headway {

// "90s", "90m", "24h", "30d", "4w", and sums such as "1d12h". INVALID_ARGUMENT: it is none of these, or negative.
absl::StatusOr<absl::Duration> ParseHumanDuration(absl::string_view text);

// Sets one policy: names of enum values in lower case ("changes=all" for pull requests and pushes), durations as above ("off" unsets degraded_after), whole
// numbers. INVALID_ARGUMENT names what is not known and lists what is.
absl::Status SetPolicy(absl::string_view assignment, v1::Policies* policies);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_POLICY_OPTION_H_
