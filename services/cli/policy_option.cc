#include "services/cli/policy_option.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace headway {

absl::Status SetPolicy(absl::string_view assignment, v1::Policies* policies) {
  const size_t equals = assignment.find('=');
  absl::Status status = absl::InvalidArgumentError("write name=value");
  if (equals != absl::string_view::npos) {
    status = SetPolicy(absl::StripAsciiWhitespace(assignment.substr(0, equals)),
                       absl::StripAsciiWhitespace(assignment.substr(equals + 1)), policies);
  }
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("--policy ", assignment, ": ", status.message()));
}

}  // namespace headway
