// "--policy name=value" on the command line, for every field of headway.v1.Policies.
#ifndef HEADWAY_SERVICES_CLI_POLICY_OPTION_H_
#define HEADWAY_SERVICES_CLI_POLICY_OPTION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "headway/v1/policy.pb.h"
#include "services/base/policy_text.h"

namespace headway {

// Sets one policy as policy_text.h does. INVALID_ARGUMENT names what is not known and lists what is.
absl::Status SetPolicy(absl::string_view assignment, v1::Policies* policies);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_POLICY_OPTION_H_
