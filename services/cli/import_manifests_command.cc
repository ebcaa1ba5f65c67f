// `headway import manifests`: which images the folders of a repository of manifests name at each commit.
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/manifests/import.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/delivery_report.h"
#include "services/cli/observation_output.h"
#include "services/cli/progress.h"

namespace headway {
namespace {

struct ManifestFlags {
  std::string path;
  std::string repository;
  std::string out;
  absl::Duration retry_for = absl::Minutes(2);
};

void PrintSummary(const std::string& repository, const ManifestImportSummary& summary, std::ostream& err) {
  err << repository << ": " << WithThousands(summary.commits) << " commits, " << WithThousands(summary.folders)
      << " folders that name images, " << WithThousands(summary.changes) << " changes of them\n";
  if (summary.folders == 0) err << "no folder names an image: is this the repository of the manifests?\n";
  if (summary.problems == 0) return;
  err << WithThousands(summary.problems) << " of these changes could not be read and are left out, the last of "
      << summary.last_problem << "\n";
}

int Import(const CliContext& context, const ManifestFlags& flags) {
  auto repository = GitRepository::Open(flags.path);
  if (!repository.ok()) return ReportError(context, repository.status());
  const ManifestImportOptions options{flags.repository.empty() ? (*repository)->RemoteName() : flags.repository};
  if (options.repository.empty())
    return ReportError(context, absl::InvalidArgumentError("the clone has no remote that tells its name; say "
                                                           "--repository host/owner/name, as Argo CD knows it"));
  const absl::Time begin = absl::Now();
  FaultPrinter faults(options.repository);
  auto output = !flags.out.empty() ? WriteObservations(context, flags.out)
                                   : SendObservations(context, flags.retry_for,
                                                      [&](const RejectedRecord& record) { faults.Print(record); });
  if (!output.ok()) return ReportError(context, output.status());

  Stage stage;
  Progress progress(*context.err, [&](absl::Duration) {
    return absl::StrCat(stage.Format(), "  (", WithThousands((*output)->counts().acknowledged()), " records stored)");
  });
  faults.PrintTo(&progress);
  ManifestImportProgress stages;
  stages.report = [&](absl::string_view name, int64_t count) { stage.Report(name, count); };
  const auto emit = [&](v1::Observation observation) { return (*output)->Add(std::move(observation)); };
  const absl::StatusOr<ManifestImportSummary> summary = ImportManifests(**repository, options, emit, stages);
  const absl::Status finished = (*output)->Finish();
  progress.Stop();
  if (!summary.ok()) return ReportError(context, finished.ok() ? summary.status() : finished);
  PrintSummary(options.repository, *summary, *context.err);
  if (!flags.out.empty()) {
    if (!finished.ok()) return ReportError(context, finished);
    *context.err << WithThousands((*output)->counts().stored) << " observations written\n";
    return kExitOk;
  }
  return ReportDelivery(context, (*output)->counts(), 0, absl::Now() - begin, finished);
}

}  // namespace

void RegisterImportManifests(Command import) {
  Command command = import.Add("manifests", "A repository of manifests: the images that its folders name");
  auto flags = std::make_shared<ManifestFlags>();
  command.Positional("PATH", &flags->path, "A whole clone, with or without a working tree");
  command.Option("--repository", &flags->repository, "host/owner/name; else from the URL of the remote");
  command.Option("--out", &flags->out,
                 "Write observations to this file (\"-\": standard output) in place of sending them");
  command.Option("--retry-for", &flags->retry_for, "How long to retry while the server is away or full");
  command.Examples(
      {"headway import manifests ~/src/manifests",
       "headway import manifests /srv/manifests.git --repository github.com/acme/manifests"},
      "For deployments whose source names no image. Importing again is harmless and takes in what is new.");
  command.Run([flags](const CliContext& context) { return Import(context, *flags); });
}

}  // namespace headway
