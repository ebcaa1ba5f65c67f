// Threads that store batches, and read what senders ask for. Calls hand over their work and go on; each thread owns one connection.
#ifndef HEADWAY_SERVICES_AGGREGATOR_INGEST_POOL_H_
#define HEADWAY_SERVICES_AGGREGATOR_INGEST_POOL_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"
#include "aggregator/store/observation_store.h"

namespace headway {

struct IngestPoolOptions {
  int threads = 3;
  size_t max_queued_batches = 128;
  size_t max_queued_bytes = 24 << 20;  // as serialised; at least one batch is always taken
};

// Thread-safe.
class IngestPool {
 public:
  // What it refers to must stay until `done` was called, which happens exactly once, on a thread of the pool (or, for what Submit refuses, never).
  struct Job {
    size_t bytes = 0;  // as serialised
    absl::Time deadline = absl::InfiniteFuture();
    std::function<bool()> is_cancelled;  // asked before the work begins
    // Statuses of Connection. Called again after some of them, so it must be harmless to repeat. The guess is the thread's.
    std::function<absl::Status(Connection&, NoveltyGuess&)> work;
    std::function<void(const absl::Status&)> done;
  };

  IngestPool(IngestPoolOptions options, DatabaseUrl url);
  ~IngestPool();  // stops

  void Start();
  // Finishes what is queued, then ends the threads.
  void Stop();

  // False: full, or stopped. A job of a stream is taken also when it is full: its sender waits for the answer before it sends more.
  bool Submit(Job job, bool of_stream = false);

  // Waits, at most this long, until no batch waits for a thread: what can be done later leaves the machine to senders.
  void WaitUntilCalm(absl::Duration wait) const;

 private:
  void Run();
  static absl::Status Refusal(const Job& job);
  absl::Status Handle(const Job& job, std::unique_ptr<Connection>& connection, NoveltyGuess& guess);

  const IngestPoolOptions options_;
  const DatabaseUrl url_;
  mutable absl::Mutex mutex_;
  std::deque<Job> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_INGEST_POOL_H_
