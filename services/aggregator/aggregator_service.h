// The aggregator as a part of a process: takes observations in (IngestService) and derives from them (workers).
#ifndef HEADWAY_SERVICES_AGGREGATOR_AGGREGATOR_SERVICE_H_
#define HEADWAY_SERVICES_AGGREGATOR_AGGREGATOR_SERVICE_H_

#include <memory>

#include "aggregator/store/connection_pool.h"
#include "services/aggregator/ingest_pool.h"
#include "services/base/instruments.h"
#include "services/runtime/service.h"

namespace headway {

struct AggregatorOptions {
  DatabaseUrl database;  // as role headway_aggregator, or one that may as much
  int workers = 2;       // threads that derive; 0: none
  IngestPoolOptions ingest;
  size_t graph_bytes = 64 << 20;  // commit graphs
};

// The instruments must outlive it.
std::unique_ptr<Service> MakeAggregatorService(AggregatorOptions options, Instruments& instruments);

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_AGGREGATOR_SERVICE_H_
