#include "ingester/delivery/batch_builder.h"

#include <utility>

namespace headway {

absl::Status BatchBuilder::Add(v1::Observation observation) {
  // The tag and the length of the record inside of its batch come on top.
  const size_t bytes = observation.ByteSizeLong() + 8;
  if (batch_.request.observations_size() >= kMaxBatchRecords || bytes_ + bytes > kMaxBatchBytes) {
    if (absl::Status sent = Flush(); !sent.ok()) return sent;
  }
  *batch_.request.add_observations() = std::move(observation);
  batch_.origins.push_back(next_origin_++);
  bytes_ += bytes;
  return absl::OkStatus();
}

absl::Status BatchBuilder::Flush() {
  bytes_ = 0;
  return delivery_->Send(std::exchange(batch_, {}));
}

}  // namespace headway
