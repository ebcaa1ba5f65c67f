// `headway artefact`: what an image was built from, for the pipeline that built it.
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/base/timestamp.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/delivery_report.h"
#include "services/cli/observation_output.h"

namespace headway {
namespace {

struct ArtefactFlags {
  std::string image;
  std::string digest;
  std::string repository;
  std::string revision;
  std::string source = "ci";
  absl::Time published_at = absl::Now();
  std::string out;
  absl::Duration retry_for = absl::Minutes(2);
};

// Takes "name:tag@digest" apart; a colon before the last slash is the registry's port.
v1::Observation ArtefactOf(const ArtefactFlags& flags) {
  v1::Observation observation;
  observation.set_source(flags.source);
  v1::Artefact& artefact = *observation.mutable_artefact();
  std::string image = flags.image;
  artefact.set_digest(flags.digest);
  if (const size_t at = image.find('@'); at != std::string::npos) {
    if (flags.digest.empty()) artefact.set_digest(image.substr(at + 1));
    image.resize(at);
  }
  const size_t slash = image.rfind('/');
  if (const size_t colon = image.rfind(':');
      colon != std::string::npos && (slash == std::string::npos || colon > slash)) {
    artefact.set_tag(image.substr(colon + 1));
    image.resize(colon);
  }
  artefact.set_image(image);
  artefact.set_repository(flags.repository);
  artefact.set_revision(flags.revision);
  *artefact.mutable_published_at() = ToTimestamp(flags.published_at);
  return observation;
}

int Deliver(const CliContext& context, const ArtefactFlags& flags) {
  if (!flags.out.empty()) {
    auto output = WriteObservations(context, flags.out);
    if (!output.ok()) return ReportError(context, output.status());
    absl::Status status = (*output)->Add(ArtefactOf(flags));
    if (status.ok()) status = (*output)->Finish();
    return status.ok() ? kExitOk : ReportError(context, status);
  }
  const absl::Time begin = absl::Now();
  auto output = SendObservations(context, flags.retry_for, [&](const RejectedRecord& record) {
    *context.err << record.field << ": " << record.reason << "\n";
  });
  if (!output.ok()) return ReportError(context, output.status());
  absl::Status status = (*output)->Add(ArtefactOf(flags));
  const absl::Status finished = (*output)->Finish();
  return ReportDelivery(context, (*output)->counts(), 0, absl::Now() - begin, finished.ok() ? status : finished);
}

}  // namespace

void RegisterArtefact(Command root) {
  Command command = root.Add("artefact", "Report what an image was built from");
  auto flags = std::make_shared<ArtefactFlags>();
  command.Positional("IMAGE", &flags->image, "The image with its tag or digest, as it was pushed");
  command.Option("--digest", &flags->digest, "\"sha256:...\" of what was pushed; better than a tag, which may move");
  command.Option("--repository", &flags->repository, "\"host/owner/name\" that it was built from", true);
  command.Option("--revision", &flags->revision, "The commit that it was built from, all digits", true);
  command.Option("--published-at", &flags->published_at, "When it was pushed; now unless given");
  command.Option("--source", &flags->source, "Who reports");
  command.Option("--out", &flags->out, "Write a JSON line to this file (\"-\": standard output) in place of sending");
  command.Option("--retry-for", &flags->retry_for, "How long to retry while the server is away or full");
  command.Examples({"headway artefact registry.example.com/payments/api:v1.2.0 --digest sha256:... "
                    "--repository github.com/acme/payments --revision $(git rev-parse HEAD)"},
                   "Deployments of the image that are known already are derived again.\n"
                   "Exit code: 0 stored, 3 refused, 1 not finished. Reporting again is harmless.");
  command.Run([flags](const CliContext& context) { return Deliver(context, *flags); });
}

}  // namespace headway
