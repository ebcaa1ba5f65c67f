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

// Remembers, from batch to batch of one sender or thread, whether records tend to be new. What is new is stored at two thirds of the cost when nothing has to
// be looked up first; where that was wrong, the next batches are looked up.
class NoveltyGuess {
 public:
  bool ExpectsNew() const { return wary_ == 0; }
  void WasWrong() { wary_ = kWaryFor; }
  void Stored(const AppendResult& result) {
    if (wary_ > 0) wary_ = result.duplicates > 0 ? kWaryFor : wary_ - 1;
  }

 private:
  static constexpr int kWaryFor = 32;  // batches
  int wary_ = 0;
};

class ObservationStore {
 public:
  // The connection, and the guess if there is one, must outlive the store.
  explicit ObservationStore(Connection& connection, NoveltyGuess* guess = nullptr)
      : connection_(connection), guess_(guess) {}

  // Stores the batch in one transaction, durably: when this returns OK all of it is on disk, and work items are queued for what is new (for what was
  // there already nothing is written at all). Any order and any repetition of batches gives the same content; batches that run side by side and share
  // records do not deadlock. Statuses: those of Connection; where IsRetryable, sending the batch again is harmless.
  absl::StatusOr<AppendResult> Append(absl::Span<const PreparedObservation> batch);

 private:
  absl::StatusOr<AppendResult> AppendWith(const char* statement, absl::Span<const PreparedObservation> batch);

  Connection& connection_;
  NoveltyGuess* guess_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_OBSERVATION_STORE_H_
