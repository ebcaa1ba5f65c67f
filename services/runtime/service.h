// What a process is made of. Every service is a library with a factory that gives one of these; a process runs one or several.
#ifndef HEADWAY_SERVICES_RUNTIME_SERVICE_H_
#define HEADWAY_SERVICES_RUNTIME_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace headway {

// A gRPC service to register. `name` is the full name that health checks ask for, "headway.v1.IngestService".
struct GrpcService {
  std::string name;
  grpc::Service* service;  // owned by the Service that gave it
};

// One part of a process. Calls come from one thread, in the order: grpc_services, Start, Ready..., Drain, Stop, destruction.
class Service {
 public:
  virtual ~Service() = default;

  // "aggregator": for logs.
  virtual std::string name() const = 0;
  // Served from before Start until between Drain and Stop.
  virtual std::vector<GrpcService> grpc_services() = 0;
  // Starts threads; does not wait for PostgreSQL. Not OK ends the process: only what cannot heal by itself.
  virtual absl::Status Start() = 0;
  // Whether calls can be answered now; asked about twice a second, so cheap and without blocking. Not OK: health says NOT_SERVING, the message is logged.
  virtual absl::Status Ready() = 0;
  // The process is about to end: streams that live long end now with UNAVAILABLE. New calls may still come.
  virtual void Drain() = 0;
  // The server has shut down, no call is running: workers, listeners, pools and connections stop here.
  virtual void Stop() = 0;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_RUNTIME_SERVICE_H_
