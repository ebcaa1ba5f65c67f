// Collects single observations into batches of a size that the service takes.
#ifndef HEADWAY_INGESTER_DELIVERY_BATCH_BUILDER_H_
#define HEADWAY_INGESTER_DELIVERY_BATCH_BUILDER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "ingester/delivery/delivery.h"

namespace headway {

// Not thread-safe. The delivery must outlive this.
class BatchBuilder {
 public:
  explicit BatchBuilder(Delivery* delivery) : delivery_(delivery) {}

  // Adds one; hands a full batch over, and then blocks and fails as Delivery::Send does. Records are numbered from 1 (their origin).
  absl::Status Add(v1::Observation observation);
  // Hands over what is left.
  absl::Status Flush();

 private:
  Delivery* const delivery_;
  ObservationBatch batch_;
  size_t bytes_ = 0;
  int64_t next_origin_ = 1;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_DELIVERY_BATCH_BUILDER_H_
