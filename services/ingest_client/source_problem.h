// A failure as a source tells of it in its status. Pure.
#ifndef HEADWAY_SERVICES_INGEST_CLIENT_SOURCE_PROBLEM_H_
#define HEADWAY_SERVICES_INGEST_CLIENT_SOURCE_PROBLEM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "headway/v1/source.pb.h"

namespace headway {

// Most problems that one status may hold.
inline constexpr size_t kMaxProblems = 20;

// UNREACHABLE for what says nothing more precise.
v1::SourceProblem::Code ProblemCodeOf(const absl::Status& status);

// Without `since`. Texts are cut to 1,000 bytes, where a character begins.
v1::SourceProblem MakeProblem(v1::SourceProblem::Code code, absl::string_view subject, absl::string_view detail);

}  // namespace headway

#endif  // HEADWAY_SERVICES_INGEST_CLIENT_SOURCE_PROBLEM_H_
