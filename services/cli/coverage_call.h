// Asks a running installation how much it sees.
#ifndef HEADWAY_SERVICES_CLI_COVERAGE_CALL_H_
#define HEADWAY_SERVICES_CLI_COVERAGE_CALL_H_

#include "absl/status/statusor.h"
#include "headway/v1/coverage.pb.h"
#include "services/cli/command.h"

namespace headway {

// Blocks for at most 40 s. Statuses as of CoverageService; UNIMPLEMENTED: the server is older than this program; UNAVAILABLE with words for people when nobody
// answers.
absl::StatusOr<v1::GetCoverageResponse> AskCoverage(const CliContext& context, const v1::GetCoverageRequest& request);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_COVERAGE_CALL_H_
