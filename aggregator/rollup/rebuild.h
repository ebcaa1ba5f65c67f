// Everything anew from raw observations, while readers go on reading: what comes out as it was is not touched.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_REBUILD_H_
#define HEADWAY_AGGREGATOR_ROLLUP_REBUILD_H_

#include <functional>

#include "absl/status/statusor.h"
#include "aggregator/store/connection_pool.h"
#include "aggregator/store/graph_cache.h"

namespace headway {

struct RebuildResult {
  int64_t objects = 0;   // folded
  int64_t entities = 0;  // derived
  int64_t changed = 0;   // of these, those that came out different
};

struct RebuildOptions {
  int threads = 2;
  // Called now and then with the objects and entities done and to do.
  std::function<void(int64_t done, int64_t total)> on_progress;
};

// Folds every object and derives every entity again. Harmless while workers run and while observations come in. Statuses: those of Connection; calling
// again goes on where need be, and is harmless.
absl::StatusOr<RebuildResult> RebuildAll(ConnectionPool& pool, GraphCache& graphs, const RebuildOptions& options = {});

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_REBUILD_H_
