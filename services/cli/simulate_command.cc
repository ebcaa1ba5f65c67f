// `headway simulate`: a reproducible world.
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/simulate/simulate.h"
#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/delivery_report.h"
#include "services/cli/observation_output.h"
#include "services/cli/progress.h"

namespace headway {
namespace {

struct SimulateFlags {
  SimulationOptions options;
  std::string out = "-";
  bool send = false;
  absl::Duration retry_for = absl::Minutes(2);
};

int Send(const CliContext& context, const SimulateFlags& flags) {
  const absl::Time begin = absl::Now();
  FaultPrinter faults("simulation");
  auto output = SendObservations(context, flags.retry_for, [&](const RejectedRecord& record) { faults.Print(record); });
  if (!output.ok()) return ReportError(context, output.status());
  Progress progress(*context.err, [&](absl::Duration elapsed) {
    return FormatProgress({0, 0, (*output)->counts().acknowledged(), (*output)->counts().retries}, elapsed);
  });
  faults.PrintTo(&progress);
  absl::Status status = Simulate(flags.options, [&](v1::Observation o) { return (*output)->Add(std::move(o)); });
  const absl::Status finished = (*output)->Finish();
  progress.Stop();
  return ReportDelivery(context, (*output)->counts(), 0, absl::Now() - begin, finished.ok() ? status : finished);
}

int Write(const CliContext& context, const SimulateFlags& flags) {
  auto output = WriteObservations(context, flags.out);
  if (!output.ok()) return ReportError(context, output.status());
  absl::Status status = Simulate(flags.options, [&](v1::Observation o) { return (*output)->Add(std::move(o)); });
  if (status.ok()) status = (*output)->Finish();
  return status.ok() ? kExitOk : ReportError(context, status);
}

int RunSimulation(const CliContext& context, const SimulateFlags& flags) {
  if (flags.options.days < 1 || flags.options.days > 36'500 || flags.options.entities < 1) {
    return ReportError(context, absl::InvalidArgumentError("--days must be 1 to 36500, and --entities 1 or more"));
  }
  return flags.send ? Send(context, flags) : Write(context, flags);
}

}  // namespace

void RegisterSimulate(Command root) {
  Command command =
      root.Add("simulate", "Reproducible commits, pull requests, deployments and incidents of imagined teams");
  auto flags = std::make_shared<SimulateFlags>();
  flags->options.start = absl::FromCivil(absl::CivilDay(2025, 1, 6), absl::UTCTimeZone());
  command.Option("--seed", &flags->options.seed, "Which world");
  command.Option("--days", &flags->options.days, "How many days");
  command.Option("--entities", &flags->options.entities, "How many services");
  command.Option("--start", &flags->options.start, "The first day; 2025-01-06 unless given");
  command.Option("--out", &flags->out, "Write JSON lines to this file (\"-\": standard output)");
  command.Flag("--send", &flags->send, "Send to the server in place of writing");
  command.Option("--retry-for", &flags->retry_for, "How long to retry while the server is away or full");
  command.Examples(
      {"headway simulate --seed 42 --days 90 --send", "headway simulate --seed 42 --days 365 --out world.ndjson"},
      "The same seed, days, entities and start give the same bytes, on every machine.");
  command.Run([flags](const CliContext& context) { return RunSimulation(context, *flags); });
}

}  // namespace headway
