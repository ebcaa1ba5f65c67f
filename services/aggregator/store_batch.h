// Stores what is valid of a batch, and says what became of each record.
#ifndef HEADWAY_SERVICES_AGGREGATOR_STORE_BATCH_H_
#define HEADWAY_SERVICES_AGGREGATOR_STORE_BATCH_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/observation_store.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

// For one thread at a time. The request must outlive it.
class BatchToStore {
 public:
  explicit BatchToStore(const v1::IngestRequest* request) : request_(*request) {}

  // May be called again after a failure: the records are checked once. Statuses of ObservationStore::Append.
  absl::Status Store(Connection& connection, NoveltyGuess& guess);
  // Whole after Store was OK.
  v1::IngestResponse& response() { return response_; }

 private:
  void Prepare();

  const v1::IngestRequest& request_;
  std::optional<std::vector<PreparedObservation>> valid_;
  v1::IngestResponse response_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_STORE_BATCH_H_
