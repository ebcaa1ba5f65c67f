// headway-metrics: the numbers, and where each comes from. Reads only.
#include "services/configuration/configuration_flags.h"
#include "services/configuration/policy_file.h"
#include "services/metrics/metrics_service.h"
#include "services/runtime/flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-metrics", "Serves the measures and what they were computed from."};
  headway::ConfigurationFlags config;
  headway::Configuration configuration;
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags, &config)) return *exit_code;
  if (auto exit_code = config.Read(&configuration)) return *exit_code;
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  headway::PolicyFile policies(config.file(), configuration.policies);
  headway::MetricsOptions options{headway::DatabaseUrlFrom(flags)};
  options.default_policies = [&policies] { return policies.Get(); };
  services.push_back(headway::MakeMetricsService(std::move(options), instruments));
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
