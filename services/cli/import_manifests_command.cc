// `headway import manifests`: which images the folders of a repository of manifests name at each commit.
#include <memory>
#include <ostream>

#include "ingester/manifests/import.h"
#include "services/cli/clone_import.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/progress.h"

namespace headway {
namespace {

void PrintSummary(const std::string& repository, const ManifestImportSummary& summary, std::ostream& err) {
  err << repository << ": " << WithThousands(summary.commits) << " commits, " << WithThousands(summary.folders)
      << " folders that name images, " << WithThousands(summary.changes) << " changes of them\n";
  if (summary.folders == 0) err << "no folder names an image: is this the repository of the manifests?\n";
  if (summary.problems == 0) return;
  err << WithThousands(summary.problems) << " of these changes could not be read and are left out, the last of "
      << summary.last_problem << "\n";
}

int Import(const CliContext& context, const CloneImportFlags& flags) {
  auto repository = GitRepository::Open(flags.path);
  if (!repository.ok()) return ReportError(context, repository.status());
  const ManifestImportOptions options{flags.repository.empty() ? (*repository)->RemoteName() : flags.repository};
  if (options.repository.empty())
    return ReportError(context, absl::InvalidArgumentError("the clone has no remote that tells its name; say "
                                                           "--repository host/owner/name, as Argo CD knows it"));
  ManifestImportSummary found;
  const auto read = [&](const CloneReading& reading) {
    const auto summary = ImportManifests(**repository, options, reading.emit, {reading.report});
    if (summary.ok()) found = *summary;
    return summary.status();
  };
  return ImportClone(context, flags, options.repository, read,
                     [&](std::ostream& err) { PrintSummary(options.repository, found, err); });
}

}  // namespace

void RegisterImportManifests(Command import) {
  Command command = import.Add("manifests", "A repository of manifests: the images that its folders name");
  auto flags = std::make_shared<CloneImportFlags>();
  AddCloneOptions(command, "A whole clone, with or without a working tree", flags.get());
  command.Examples(
      {"headway import manifests ~/src/manifests",
       "headway import manifests /srv/manifests.git --repository github.com/acme/manifests"},
      "For deployments whose source names no image. Importing again is harmless and takes in what is new.");
  command.Run([flags](const CliContext& context) { return Import(context, *flags); });
}

}  // namespace headway
