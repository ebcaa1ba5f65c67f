// Findings about the installation itself: versions, schema, database, queue.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/doctor_findings.h"
#include "services/cli/measure_text.h"
#include "services/cli/yaml_snippet.h"

namespace headway {
namespace {

using Level = Finding::Level;

// The queue stands still, and is not only slow, when its oldest item has been the same for so long.
constexpr int64_t kStalledSeconds = 60;
// Behind by so much a queue is worth a word though it moves.
constexpr int64_t kLongQueue = 50'000;
// Room that is too little: below this share of the file system, and below this size.
constexpr double kLeastShare = 0.05;
constexpr int64_t kLeastBytes = int64_t{2} << 30;

std::string Bytes(int64_t bytes) {
  if (bytes >= int64_t{1} << 30) return absl::StrFormat("%.1f GiB", static_cast<double>(bytes) / (1 << 30));
  return absl::StrFormat("%.0f MiB", static_cast<double>(bytes) / (1 << 20));
}

Finding Version(const DoctorInput& input) {
  const std::string& server = input.coverage.installation().version();
  if (server == input.program_version)
    return {Level::kFine, "server", "", absl::StrCat("the server answers, version ", server), "", {}};
  return {
      Level::kTodo, "server",
      "",           absl::StrCat("the server is version ", Printable(server), ", this program ", input.program_version),
      "",           {{"Use the program that came with the server, or bring the server up to date:", "./headway up\n"}}};
}

Finding Schema(const v1::Installation& installation) {
  const int has = installation.schema_version(), known = installation.schema_version_known();
  if (has == known)
    return {Level::kFine, "schema", "", absl::StrCat("the schema is at version ", has, ", as the server needs"),
            "",           {}};
  if (has > known) {
    return {Level::kTodo,
            "schema",
            "",
            absl::StrCat("the schema is at version ", has, ", the server is of version ", known),
            "It serves as before, but does not know what is new.",
            {{"Bring all services to the newer version: an older one is still running.", ""}}};
  }
  return {Level::kTodo, "schema",
          "",           absl::StrCat("the schema is at version ", has, ", the server needs ", known),
          "",           {{"Bring the schema up to date:", "headway-migrate --database-url-file FILE-OF-THE-OWNER\n"}}};
}

Finding Database(const DoctorInput& input) {
  const std::string size = Bytes(input.coverage.installation().database_bytes());
  if (!input.free_bytes.has_value()) {
    return {Level::kFine, "database",
            "",           absl::StrCat("the database holds ", size, "; how much room is left is not seen from here"),
            "",           {}};
  }
  const double share = static_cast<double>(*input.free_bytes) /
                       static_cast<double>(std::max<int64_t>(input.file_system_bytes.value_or(0), 1));
  const std::string room =
      absl::StrFormat("the database holds %s; %s are free (%.0f %%)", size, Bytes(*input.free_bytes), share * 100);
  if (*input.free_bytes >= kLeastBytes || share >= kLeastShare) return {Level::kFine, "database", "", room, "", {}};
  return {
      Level::kTodo,
      "database",
      "",
      absl::StrCat("the database has little room left: ", room),
      "When it is full nothing is lost, but nothing comes in: sources try again until there is room.",
      {{"Make room on that file system, or move the database to a larger one (docs/runbook.md, \"By hand\").", ""}}};
}

Finding Queue(const v1::Installation& installation) {
  const std::string waiting = absl::StrCat(installation.queue(), installation.queue() >= 100'000 ? " or more" : "");
  const int64_t stalled = installation.queue_stalled_for().seconds();
  if (stalled >= kStalledSeconds) {
    return {Level::kTodo,
            "queue",
            "",
            absl::StrCat("the queue does not move: ", waiting, " wait, the oldest for ",
                         HumanSeconds(static_cast<double>(stalled), 2), " at least"),
            "What comes in is stored, and is in no number yet.",
            {{"See whether the aggregator runs, and what it says:", "./headway status\n./headway logs headway-all\n"},
             {"With --separate, or in a cluster, the process is headway-aggregator; it needs --workers of 1 at least.",
              ""}}};
  }
  if (installation.queue() >= kLongQueue) {
    return {
        Level::kTodo,
        "queue",
        "",
        absl::StrCat("the queue is long: ", waiting, " wait to be derived"),
        "It moves. After an import, or a change of rules, that is as it should be, and ends by itself.",
        {{"Look again in some minutes. If it does not shrink, give the database or the aggregator more processor time.",
          ""}}};
  }
  return {Level::kFine,
          "queue",
          "",
          installation.queue() == 0 ? "the queue is empty" : absl::StrCat("the queue moves: ", waiting, " wait"),
          "",
          {}};
}

Finding Parked(const v1::GetCoverageResponse& coverage) {
  return {Level::kTodo,
          "parked",
          "",
          absl::StrCat(coverage.parked(), coverage.parked() == 1 ? " piece of work is" : " pieces of work are",
                       " set aside after failing again and again"),
          absl::StrCat("The latest error: ", Printable(coverage.installation().parked_because())),
          {{"They are tried again by themselves, and come right when the cause is gone. See what it is:",
            "./headway logs headway-all\npsql \"$(cat \"$HEADWAY_HOME/secrets/headway_owner.url\")\" -c 'TABLE "
            "dora.parked_units'\n"}}};
}

}  // namespace

void DiagnoseInstallation(const DoctorInput& input, std::vector<Finding>* out) {
  const v1::Installation& installation = input.coverage.installation();
  out->push_back(Version(input));
  out->push_back(Schema(installation));
  out->push_back(Database(input));
  out->push_back(Queue(installation));
  if (input.coverage.parked() > 0) out->push_back(Parked(input.coverage));
}

std::vector<Finding> Diagnose(const DoctorInput& input) {
  std::vector<Finding> findings;
  DiagnoseInstallation(input, &findings);
  DiagnoseSources(input, &findings);
  DiagnoseDeployments(input, &findings);
  return findings;
}

}  // namespace headway
