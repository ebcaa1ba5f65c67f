// Threads that store batches. Calls hand over their batch and go on; each thread owns one connection.
#ifndef HEADWAY_SERVICES_AGGREGATOR_INGEST_POOL_H_
#define HEADWAY_SERVICES_AGGREGATOR_INGEST_POOL_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"
#include "aggregator/store/observation_store.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

struct IngestPoolOptions {
  int threads = 3;
  size_t max_queued_batches = 128;
  size_t max_queued_bytes = 24 << 20;  // as serialised; at least one batch is always taken
};

// Thread-safe.
class IngestPool {
 public:
  // A batch to store. The request must stay until `done` was called, which happens exactly once, on a thread of the pool (or, for what Submit refuses,
  // never).
  struct Job {
    const v1::IngestRequest* request = nullptr;
    absl::Time deadline = absl::InfiniteFuture();
    std::function<bool()> is_cancelled;  // asked before the work begins
    std::function<void(absl::StatusOr<v1::IngestResponse>)> done;
  };

  // `on_stored` is called after each batch that stored something, on a thread of the pool.
  IngestPool(IngestPoolOptions options, DatabaseUrl url, std::function<void()> on_stored);
  ~IngestPool();  // stops

  void Start();
  // Finishes what is queued, then ends the threads.
  void Stop();

  // False: full, or stopped. A job of a stream is taken also when it is full: its sender waits for the answer before it sends more.
  bool Submit(Job job, bool of_stream = false);

  // Waits, at most this long, until no batch waits for a thread: what can be done later leaves the machine to senders.
  void WaitUntilCalm(absl::Duration wait) const;

 private:
  struct Queued {
    Job job;
    size_t bytes;
  };

  void Run();
  static absl::Status Refusal(const Job& job);
  absl::StatusOr<v1::IngestResponse> Handle(const Job& job, std::unique_ptr<Connection>& connection,
                                            NoveltyGuess& guess);

  const IngestPoolOptions options_;
  const DatabaseUrl url_;
  const std::function<void()> on_stored_;
  mutable absl::Mutex mutex_;
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_INGEST_POOL_H_
