#include "services/cli/clone_import.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/cli/connection.h"
#include "services/cli/delivery_report.h"
#include "services/cli/observation_output.h"
#include "services/cli/progress.h"

namespace headway {

void AddCloneOptions(Command command, const char* path_help, CloneImportFlags* flags) {
  command.Positional("PATH", &flags->path, path_help);
  command.Option("--repository", &flags->repository, "host/owner/name; else from the URL of the remote");
  command.Option("--out", &flags->out,
                 "Write observations to this file (\"-\": standard output) in place of sending them");
  command.Option("--retry-for", &flags->retry_for, "How long to retry while the server is away or full");
}

int ImportClone(const CliContext& context, const CloneImportFlags& flags, const std::string& repository,
                absl::FunctionRef<absl::Status(const CloneReading&)> read,
                absl::FunctionRef<void(std::ostream&)> print) {
  const absl::Time begin = absl::Now();
  FaultPrinter faults(repository);
  auto output = !flags.out.empty() ? WriteObservations(context, flags.out)
                                   : SendObservations(context, flags.retry_for,
                                                      [&](const RejectedRecord& record) { faults.Print(record); });
  if (!output.ok()) return ReportError(context, output.status());

  Stage stage;
  Progress progress(*context.err, [&](absl::Duration) {
    return absl::StrCat(stage.Format(), "  (", WithThousands((*output)->counts().acknowledged()), " records stored)");
  });
  faults.PrintTo(&progress);
  CloneReading reading;
  reading.emit = [&](v1::Observation observation) { return (*output)->Add(std::move(observation)); };
  reading.report = [&](absl::string_view name, int64_t count) { stage.Report(name, count); };
  const absl::Status was_read = read(reading);
  const absl::Status finished = (*output)->Finish();
  progress.Stop();
  if (!was_read.ok()) return ReportError(context, finished.ok() ? was_read : finished);
  print(*context.err);
  if (!flags.out.empty()) {
    if (!finished.ok()) return ReportError(context, finished);
    *context.err << WithThousands((*output)->counts().stored) << " observations written\n";
    return kExitOk;
  }
  return ReportDelivery(context, (*output)->counts(), 0, absl::Now() - begin, finished);
}

}  // namespace headway
