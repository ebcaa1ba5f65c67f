// The settings of headway.v1.Policies as people write them: on a command line, in a configuration file.
#ifndef HEADWAY_SERVICES_BASE_POLICY_TEXT_H_
#define HEADWAY_SERVICES_BASE_POLICY_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/policy.pb.h"

namespace headway {

// "90s", "90m", "24h", "30d", "4w", and sums such as "1d12h". INVALID_ARGUMENT: it is none of these, or negative.
absl::StatusOr<absl::Duration> ParseHumanDuration(absl::string_view text);

// Sets one policy: names of enum values in lower case ("all" for pull requests and pushes), durations as above ("off" unsets degraded_after), whole
// numbers. NOT_FOUND: there is no such policy; INVALID_ARGUMENT: it has no such value. Both messages list what there is.
absl::Status SetPolicy(absl::string_view name, absl::string_view value, v1::Policies* policies);

}  // namespace headway

#endif  // HEADWAY_SERVICES_BASE_POLICY_TEXT_H_
