// The gateway as a part of a process: gRPC-web of browsers in, gRPC to backends out.
#ifndef HEADWAY_SERVICES_GATEWAY_GATEWAY_SERVICE_H_
#define HEADWAY_SERVICES_GATEWAY_GATEWAY_SERVICE_H_

#include <memory>
#include <string>

#include "services/base/instruments.h"
#include "services/gateway/gateway.h"
#include "services/runtime/service.h"

namespace headway {

struct GatewayOptions {
  std::string listen = "127.0.0.1:7480";  // HTTP; port 0: any free one
  gateway::GatewayRules rules;
  gateway::HttpLimits http;
  absl::Duration drain_within = absl::Seconds(5);  // what still runs then ends with UNAVAILABLE
};

// The instruments must outlive it. `bound`, where given, is told the port once it is known.
std::unique_ptr<Service> MakeGatewayService(GatewayOptions options, Instruments& instruments,
                                            std::function<void(int port)> bound = {});

}  // namespace headway

#endif  // HEADWAY_SERVICES_GATEWAY_GATEWAY_SERVICE_H_
