// Connections to the backends, one for each address, and whether they can be reached.
#ifndef HEADWAY_SERVICES_GATEWAY_BACKENDS_H_
#define HEADWAY_SERVICES_GATEWAY_BACKENDS_H_

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/gateway/routes.h"

namespace headway::gateway {

// Thread-safe.
class Backends {
 public:
  Backends(const std::vector<Route>& routes, size_t max_message_bytes);

  // One for each route, in their order; routes to one address share a connection.
  const std::vector<grpc::GenericStub*>& stubs() const { return stubs_; }
  // UNAVAILABLE: one of them cannot be reached. Connects where there is no connection. Does not block.
  absl::Status Ready() const;

 private:
  struct Backend {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<grpc::GenericStub> stub;
  };
  std::map<std::string, Backend> by_address_;
  std::vector<grpc::GenericStub*> stubs_;
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_BACKENDS_H_
