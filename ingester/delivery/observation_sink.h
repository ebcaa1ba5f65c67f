// Where observations go.
#ifndef HEADWAY_INGESTER_DELIVERY_OBSERVATION_SINK_H_
#define HEADWAY_INGESTER_DELIVERY_OBSERVATION_SINK_H_

#include "absl/status/statusor.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

// Stores batches of observations. Thread-safe: several batches may be under way at once, in any order.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;

  // Blocks until the batch is durable, and says what became of each record. A batch may be sent again whatever the outcome was:
  // what is there already counts as a duplicate. UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED and ABORTED: send again later.
  // Anything else will not get better.
  virtual absl::StatusOr<v1::IngestResponse> Send(const v1::IngestRequest& batch) = 0;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_DELIVERY_OBSERVATION_SINK_H_
