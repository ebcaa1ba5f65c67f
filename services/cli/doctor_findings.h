// What is missing in an installation, in words, with the exact next step. Pure: the same coverage gives the same findings.
#ifndef HEADWAY_SERVICES_CLI_DOCTOR_FINDINGS_H_
#define HEADWAY_SERVICES_CLI_DOCTOR_FINDINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/coverage.pb.h"

namespace headway {

// One thing that was looked at.
struct Finding {
  enum class Level { kFine, kTodo };
  Level level = Level::kFine;
  std::string check;  // what was looked at, from a closed set: "server", "schema", "source.forbidden", "unmapped", ...
  std::string subject;  // which source, stream, environment; empty: the installation
  std::string title;    // a line
  std::string detail;   // what was seen, a line; empty: the title says it
  // The next steps: sentences, and lines to copy. A step of lines follows the sentence that says where they go.
  struct Step {
    std::string sentence;
    std::string lines;  // with line ends; empty: none
  };
  std::vector<Step> steps;

  bool operator==(const Finding&) const = default;
};
inline bool operator==(const Finding::Step& a, const Finding::Step& b) {
  return a.sentence == b.sentence && a.lines == b.lines;
}

// What the findings follow from.
struct DoctorInput {
  v1::GetCoverageResponse coverage;
  std::string program_version;               // of `headway`
  absl::Duration silent_after;               // a source that heard nothing for longer is silent
  std::optional<int64_t> free_bytes;         // where the database lies; absent: not looked at
  std::optional<int64_t> file_system_bytes;  // of all of it
};

// All findings in the order in which they are worth reading: the installation, sources, then what is missing of deployments.
std::vector<Finding> Diagnose(const DoctorInput& input);

// The parts of it.
void DiagnoseInstallation(const DoctorInput& input, std::vector<Finding>* out);
void DiagnoseSources(const DoctorInput& input, std::vector<Finding>* out);
void DiagnoseDeployments(const DoctorInput& input, std::vector<Finding>* out);

// The rule that allows what a problem's subject says is forbidden: "list applications.argoproj.io in namespace argocd". Absent: it says no such thing.
std::optional<std::string> RbacRuleFor(absl::string_view subject);

// "2026-11-21 09:14:00 UTC (2 h 5 min ago)".
std::string MomentText(const google::protobuf::Timestamp& moment, const google::protobuf::Timestamp& now);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_DOCTOR_FINDINGS_H_
