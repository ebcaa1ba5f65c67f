// `headway doctor`: what is missing, and what to do about each.
#include <sys/statvfs.h>

#include <memory>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/version.h"
#include "services/cli/commands.h"
#include "services/cli/coverage_call.h"
#include "services/cli/doctor_findings.h"
#include "services/cli/doctor_text.h"
#include "services/cli/scope_options.h"

namespace headway {
namespace {

// Beside the usual exit codes: the shell shall tell "something to do" from "cannot look".
constexpr int kExitTodo = 1;
constexpr int kExitOutOfReach = 2;

struct DoctorOptions {
  int64_t window_days = 30;
  absl::Duration silent_after = absl::Minutes(10);
  std::string data_folder;
  std::string format = "text";
};

int Print(const CliContext& context, const DoctorOptions& options, const std::vector<Finding>& findings) {
  *context.out << (options.format == "json" ? DoctorJson(findings, context.server)
                                            : DoctorText(findings, WantsColours(context)));
  return TodosOf(findings) == 0 ? kExitOk : kExitTodo;
}

// Why coverage could not be read, and what to do about that.
Finding OutOfReach(const absl::Status& status) {
  Finding finding{Finding::Level::kTodo,         "server", "", "the installation cannot be looked at",
                  std::string(status.message()), {}};
  if (absl::IsUnimplemented(status)) {
    finding.steps.push_back({"The server is older than this program. Bring it up to date:", "./headway up\n"});
  } else if (absl::StrContains(status.message(), "headway-migrate")) {
    finding.steps.push_back({"Bring the schema up to date; `./headway up` does that too:",
                             "headway-migrate --database-url-file FILE-OF-THE-OWNER\n"});
  } else {
    finding.steps.push_back({"See what runs, and what it says; --server or HEADWAY_SERVER name another address:",
                             "./headway status\n./headway logs\n"});
  }
  return finding;
}

void LookAtRoom(const std::string& folder, DoctorInput* input) {
  struct statvfs room {};
  if (folder.empty() || statvfs(folder.c_str(), &room) != 0) return;
  input->free_bytes = static_cast<int64_t>(room.f_bavail) * static_cast<int64_t>(room.f_frsize);
  input->file_system_bytes = static_cast<int64_t>(room.f_blocks) * static_cast<int64_t>(room.f_frsize);
}

int Doctor(const CliContext& context, const DoctorOptions& options) {
  v1::GetCoverageRequest request;
  request.set_window_days(static_cast<int32_t>(options.window_days));
  absl::StatusOr<v1::GetCoverageResponse> coverage = AskCoverage(context, request);
  if (!coverage.ok()) {
    Print(context, options, {OutOfReach(coverage.status())});
    return kExitOutOfReach;
  }
  DoctorInput input{*std::move(coverage), std::string(ProgramVersion()), options.silent_after, {}, {}};
  LookAtRoom(options.data_folder, &input);
  return Print(context, options, Diagnose(input));
}

}  // namespace

void RegisterDoctor(Command root) {
  Command command = root.Add(
      "doctor", "Say what is missing and what to do about it (exit code 0: nothing, 1: something, 2: cannot look)");
  auto options = std::make_shared<DoctorOptions>();
  command.Option("--window-days", &options->window_days,
                 "How far back deployments and changes are looked at, 1 to 3660");
  command.Option("--silent-after", &options->silent_after, "For how long a source may hear nothing");
  command.Option("--data-folder", &options->data_folder, "Where the database lies, if on this machine: is there room?");
  command.Choice("--format", &options->format, {"text", "json"}, "How to print it");
  command.Examples(
      {"headway doctor", "headway doctor --format json | jq '.findings[] | select(.level == \"todo\") | .title'"});
  command.Run([options](const CliContext& context) { return Doctor(context, *options); });
}

}  // namespace headway
