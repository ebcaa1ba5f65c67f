// headway-gateway: browsers' gRPC-web on one side, gRPC on the other.
#include "services/base/log.h"
#include "services/gateway/gateway_flags.h"
#include "services/runtime/flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-gateway", "Lets browsers call Headway's services with gRPC-web."};
  flags.needs_database = false;
  flags.listen = "127.0.0.1:7402";
  headway::GatewayFlags gateway("127.0.0.1:7480");
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags, &gateway)) return *exit_code;
  const absl::StatusOr<headway::GatewayOptions> options = gateway.Options("127.0.0.1:7400");
  if (!options.ok()) {
    headway::LogError("cannot start", {{"cause", options.status()}});
    return 2;
  }
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeGatewayService(*options, instruments));
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
