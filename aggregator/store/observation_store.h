// Where raw observations are written, and with them the work that they make. Used by one thread at a time, like its connection.
#ifndef HEADWAY_AGGREGATOR_STORE_OBSERVATION_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_OBSERVATION_STORE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/connection.h"

namespace headway {

// What became of a batch.
struct AppendResult {
  int64_t stored = 0;
  int64_t duplicates = 0;  // were there before, or twice in the batch
};

class ObservationStore {
 public:
  // The connection must outlive the store.
  explicit ObservationStore(Connection& connection) : connection_(connection) {}

  // Stores the batch in one transaction, durably: when this returns OK all of it is on disk, and work items are queued for what is new (for what was
  // there already nothing is written at all). Any order and any repetition of batches gives the same content; batches that run side by side and share
  // records do not deadlock. Statuses: those of Connection; where IsRetryable, sending the batch again is harmless.
  absl::StatusOr<AppendResult> Append(absl::Span<const PreparedObservation> batch);

 private:
  Connection& connection_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_OBSERVATION_STORE_H_
