// headway-all: everything in one process, on one port.
#include "services/aggregator/aggregator_service.h"
#include "services/base/log.h"
#include "services/gateway/gateway_flags.h"
#include "services/metrics/metrics_service.h"
#include "services/runtime/flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-all", "All of Headway's services in one process."};
  headway::GatewayFlags gateway("");
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags, &gateway)) return *exit_code;
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeAggregatorService({headway::DatabaseUrlFrom(flags), flags.workers}, instruments));
  services.push_back(headway::MakeMetricsService({headway::DatabaseUrlFrom(flags)}, instruments));
  if (gateway.is_wanted()) {
    // It calls this process through its own port: the same path as from another process.
    const absl::StatusOr<headway::GatewayOptions> options = gateway.Options(flags.listen);
    if (!options.ok()) {
      headway::LogError("cannot start", {{"cause", options.status()}});
      return 2;
    }
    services.push_back(headway::MakeGatewayService(*options, instruments));
  }
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
