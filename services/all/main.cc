// headway-all: everything in one process, on one port.
#include "services/aggregator/aggregator_service.h"
#include "services/all/configured_sources.h"
#include "services/base/log.h"
#include "services/configuration/configuration_flags.h"
#include "services/configuration/policy_file.h"
#include "services/gateway/gateway_flags.h"
#include "services/metrics/metrics_service.h"
#include "services/runtime/flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-all", "All of Headway's services in one process."};
  headway::GatewayFlags gateway("");
  headway::ConfigurationFlags config;
  headway::FlagGroups groups = {&gateway, &config};
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags, &groups)) return *exit_code;
  headway::Configuration configuration;
  if (auto exit_code = config.Read(&configuration)) return *exit_code;
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeAggregatorService({headway::DatabaseUrlFrom(flags), flags.workers}, instruments));
  headway::PolicyFile policies(config.file(), configuration.policies);
  headway::MetricsOptions metrics{headway::DatabaseUrlFrom(flags)};
  metrics.default_policies = [&policies] { return policies.Get(); };
  services.push_back(headway::MakeMetricsService(std::move(metrics), instruments));
  // These call this process through its own port: the same path as from another process.
  if (absl::Status status = headway::AddConfiguredSources(config, configuration, flags.listen, instruments, &services);
      !status.ok()) {
    headway::LogError("cannot start", {{"cause", status}});
    return 2;
  }
  if (gateway.is_wanted()) {
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
