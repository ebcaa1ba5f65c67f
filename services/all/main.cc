// headway-all: everything in one process, on one port.
#include "services/aggregator/aggregator_service.h"
#include "services/metrics/metrics_service.h"
#include "services/runtime/flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-all", "All of Headway's services in one process."};
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags)) return *exit_code;
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeAggregatorService({headway::DatabaseUrlFrom(flags), flags.workers}, instruments));
  services.push_back(headway::MakeMetricsService({headway::DatabaseUrlFrom(flags)}, instruments));
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
