// headway-aggregator: takes observations in and derives from them.
#include "services/aggregator/aggregator_service.h"
#include "services/runtime/flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-aggregator", "Takes observations in and derives facts from them."};
  flags.listen = "127.0.0.1:7401";
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags)) return *exit_code;
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeAggregatorService({headway::DatabaseUrlFrom(flags), flags.workers}, instruments));
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
