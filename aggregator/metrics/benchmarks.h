// What others published about the same measures, as data with its year and source. Nothing in Headway decides anything by these.
#ifndef HEADWAY_AGGREGATOR_METRICS_BENCHMARKS_H_
#define HEADWAY_AGGREGATOR_METRICS_BENCHMARKS_H_

#include <vector>

#include "headway/v1/metrics.pb.h"

namespace headway {

// By year, then measure. Immutable.
const std::vector<v1::Benchmark>& PublishedBenchmarks();

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_BENCHMARKS_H_
