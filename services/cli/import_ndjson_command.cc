// `headway import ndjson`: observations from a file of JSON lines.
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/ndjson/import.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/delivery_report.h"
#include "services/cli/grpc_observation_sink.h"
#include "services/cli/progress.h"

namespace headway {
namespace {

struct NdjsonFlags {
  std::string file;
  absl::Duration retry_for = absl::Minutes(2);
};

int ImportFile(const CliContext& context, const NdjsonFlags& flags) {
  auto reader = LineChunkReader::Open(flags.file, {});
  if (!reader.ok()) return ReportError(context, reader.status());
  auto channel = Connect(context);
  if (!channel.ok()) return ReportError(context, channel.status());
  std::unique_ptr<ObservationSink> sink = MakeGrpcObservationSink(context, *channel);

  const absl::Time begin = absl::Now();
  NdjsonImportCounts counts;
  FaultPrinter faults(flags.file);
  DeliveryOptions delivery_options;
  delivery_options.give_up_after = flags.retry_for;
  delivery_options.on_rejected = [&faults](const RejectedRecord& record) { faults.Print(record); };
  Delivery delivery(sink.get(), delivery_options);
  Progress progress(*context.err, [&](absl::Duration elapsed) {
    return FormatProgress({(*reader)->bytes_read(), (*reader)->bytes_total(),
                           delivery.counts().acknowledged() + counts.broken, delivery.counts().retries},
                          elapsed);
  });
  faults.PrintTo(&progress);
  NdjsonImportOptions options;
  options.on_broken = [&faults](const RejectedRecord& record) { faults.Print(record); };
  const absl::Status status = ImportNdjson(reader->get(), &delivery, options, &counts);
  progress.Stop();
  return ReportDelivery(context, delivery.counts(), counts.broken, absl::Now() - begin, status);
}

}  // namespace

void RegisterImportNdjson(Command import) {
  Command command =
      import.Add("ndjson", "Observations from a file: one a line, in the JSON form of headway.v1.Observation");
  auto flags = std::make_shared<NdjsonFlags>();
  command.Positional("FILE", &flags->file, "The file; \"-\" reads the standard input. May be compressed by gzip");
  command.Option("--retry-for", &flags->retry_for, "How long to retry while the server is away or full");
  command.Examples(
      {"headway import ndjson deployments.ndjson", "zcat part-*.gz | headway import ndjson -"},
      "Lines that are broken or refused are reported as FILE:LINE: FIELD: REASON while the rest is stored.\n"
      "Exit code: 0 all stored, 3 some lines refused, 1 not finished. Importing again is harmless.");
  command.Run([flags](const CliContext& context) { return ImportFile(context, *flags); });
}

}  // namespace headway
