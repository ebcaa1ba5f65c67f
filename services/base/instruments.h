// Instruments for Prometheus: made once at start, then cheap and thread-safe. Label values come from sets that are closed when the program is written:
// never an entity, a repository or a user.
#ifndef HEADWAY_SERVICES_BASE_INSTRUMENTS_H_
#define HEADWAY_SERVICES_BASE_INSTRUMENTS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace headway {

// What one process exposes on /metrics. References stay valid as long as this lives.
class Instruments {
 public:
  using Labels = std::map<std::string, std::string>;

  Instruments() : registry_(std::make_shared<prometheus::Registry>()) {}

  // The same name and labels give the same instrument. Names without prefix: "headway_" is added.
  prometheus::Counter& Counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // Seconds, in buckets from 0.5 ms to 10 s.
  prometheus::Histogram& Seconds(const std::string& name, const std::string& help, const Labels& labels = {});

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
};

// Rate, errors and duration of one RPC: rpc_total{service,method,code}, rpc_seconds{service,method}.
class RpcInstruments {
 public:
  RpcInstruments(Instruments& instruments, const std::string& service, const std::string& method);

  // code: a gRPC status code, 0 to 16; others count as 2, UNKNOWN.
  void Finished(int code, absl::Duration took);

 private:
  std::vector<prometheus::Counter*> by_code_;
  prometheus::Histogram& seconds_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_BASE_INSTRUMENTS_H_
