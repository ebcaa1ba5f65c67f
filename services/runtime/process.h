// Runs services in one process: one gRPC server for all of them with health and reflection, /metrics over HTTP, readiness, and an orderly stop.
#ifndef HEADWAY_SERVICES_RUNTIME_PROCESS_H_
#define HEADWAY_SERVICES_RUNTIME_PROCESS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/base/instruments.h"
#include "services/runtime/service.h"

namespace grpc {
class Server;
}  // namespace grpc
namespace prometheus {
class Exposer;
}  // namespace prometheus

namespace headway {

struct ProcessOptions {
  std::string listen = "127.0.0.1:7400";  // "host:port" or "unix:path" of the gRPC server; port 0: any free one
  std::string instruments_listen;         // "host:port" of /metrics; empty: none
  absl::Duration stop_within = absl::Seconds(10);  // calls that are still running then are cancelled
};

// Not thread-safe.
class Process {
 public:
  // The instruments must outlive the process.
  Process(ProcessOptions options, Instruments& instruments, std::vector<std::unique_ptr<Service>> services);
  ~Process();  // stops

  // Binds the ports and starts the services. UNAVAILABLE: a port is taken, the message says which and what to do.
  absl::Status Start();
  // Asks every service whether it is ready, and tells health checks. Returns OK when all are.
  absl::Status UpdateHealth();
  // Not ready → streams end → server shuts down → services stop, last first. Once.
  void Stop();

  // The port that was bound.
  int port() const { return port_; }

 private:
  absl::Status StartServer();
  absl::Status StartExposer();

  const ProcessOptions options_;
  Instruments& instruments_;
  std::vector<std::unique_ptr<Service>> services_;
  std::vector<std::vector<std::string>> grpc_names_;  // of each service
  std::map<std::string, absl::Status> readiness_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  size_t started_ = 0;
  int port_ = 0;
  bool stopped_ = false;
};

// The rest of a main: starts, waits for SIGINT or SIGTERM, stops. A second signal ends the process at once. Returns the exit code. To be called from the
// main thread; the signals must be blocked before any thread starts, which BlockStopSignals does. SIGHUP is ignored.
int RunUntilStopped(Process& process);
void BlockStopSignals();

}  // namespace headway

#endif  // HEADWAY_SERVICES_RUNTIME_PROCESS_H_
