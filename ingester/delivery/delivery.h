// Brings batches to a sink: a few at once, with retries, and adds up what became of the records.
#ifndef HEADWAY_INGESTER_DELIVERY_DELIVERY_H_
#define HEADWAY_INGESTER_DELIVERY_DELIVERY_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "headway/v1/ingest.pb.h"
#include "ingester/delivery/observation_sink.h"

namespace headway {

// The limits of a batch; the service takes a little more.
inline constexpr int kMaxBatchRecords = 5000;
inline constexpr size_t kMaxBatchBytes = 3 << 20;

// Records that travel together.
struct ObservationBatch {
  v1::IngestRequest request;
  std::vector<int64_t> origins;  // of each record: a line number, or whatever tells its sender what it is
};

// A record that was refused, by this program or by the service.
struct RejectedRecord {
  int64_t origin = 0;
  std::string field;  // may be empty
  std::string reason;
};

struct DeliveryOptions {
  int window = 4;                                   // batches under way at once
  absl::Duration give_up_after = absl::Minutes(2);  // of retrying one batch
  absl::Duration first_pause = absl::Milliseconds(100);
  absl::Duration longest_pause = absl::Seconds(5);
  // Called for each refused record that the service names; one call at a time.
  std::function<void(const RejectedRecord&)> on_rejected = [](const RejectedRecord&) {};
  // For tests: how to wait, and a number in [0, 1) that spreads the pauses. Called from several threads.
  std::function<void(absl::Duration)> sleep;
  std::function<double()> jitter;
};

// Counts that may be read at any time, for a progress bar.
struct DeliveryCounts {
  std::atomic<int64_t> stored{0};
  std::atomic<int64_t> duplicates{0};
  std::atomic<int64_t> rejected{0};
  std::atomic<int64_t> retries{0};

  int64_t acknowledged() const { return stored + duplicates + rejected; }
};

// Owns `window` threads. Send may be called from several threads; Finish once, at the end.
class Delivery {
 public:
  // The sink must outlive this.
  Delivery(ObservationSink* sink, DeliveryOptions options);
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // Hands over a batch; blocks while `window` batches wait besides those under way. An empty batch is dropped. Once a batch failed for good, returns that
  // error and takes nothing more.
  absl::Status Send(ObservationBatch batch);

  // Waits until everything is acknowledged. The first error, if there was one.
  absl::Status Finish();

  const DeliveryCounts& counts() const { return counts_; }

 private:
  void Work();
  void Deliver(const ObservationBatch& batch);
  absl::StatusOr<v1::IngestResponse> SendWithRetries(const v1::IngestRequest& request);
  void Count(const ObservationBatch& batch, const v1::IngestResponse& response);
  bool Failed() const;

  ObservationSink* const sink_;
  const DeliveryOptions options_;
  DeliveryCounts counts_;
  mutable absl::Mutex mutex_;
  absl::Mutex rejection_mutex_;
  std::deque<ObservationBatch> waiting_ ABSL_GUARDED_BY(mutex_);
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_DELIVERY_DELIVERY_H_
