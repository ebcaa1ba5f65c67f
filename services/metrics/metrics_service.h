// The metrics service as a part of a process. Reads only: the role headway_metrics suffices.
#ifndef HEADWAY_SERVICES_METRICS_METRICS_SERVICE_H_
#define HEADWAY_SERVICES_METRICS_METRICS_SERVICE_H_

#include <memory>

#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"
#include "services/base/clock.h"
#include "services/base/instruments.h"
#include "services/metrics/default_policies.h"
#include "services/runtime/service.h"

namespace headway {

struct MetricsOptions {
  DatabaseUrl database;
  int threads = 4;                // that answer requests, each with a connection
  size_t max_queued = 512;        // requests that wait for a thread; more are refused
  size_t cache_bytes = 48 << 20;  // decoded rows
  size_t graph_bytes = 16 << 20;  // commit graphs, for policies whose rows are not stored
  absl::Duration statement_timeout = absl::Seconds(30);
  DefaultPolicies default_policies;  // empty: the contract's
  const Clock* clock = nullptr;      // not null in tests that decide what time it is
};

// The instruments must outlive it.
std::unique_ptr<Service> MakeMetricsService(MetricsOptions options, Instruments& instruments);

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_METRICS_SERVICE_H_
