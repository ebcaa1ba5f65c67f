// Coverage as a person reads it at a terminal. Pure.
#ifndef HEADWAY_SERVICES_CLI_COVERAGE_TEXT_H_
#define HEADWAY_SERVICES_CLI_COVERAGE_TEXT_H_

#include <string>

#include "headway/v1/coverage.pb.h"

namespace headway {

// Tables: sources, then what is unmapped, in no tier, without a commit, and missed; those that are empty are left out.
std::string CoverageText(const v1::GetCoverageResponse& coverage, bool colours);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_COVERAGE_TEXT_H_
