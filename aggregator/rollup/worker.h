// Turns what was ingested into derived rows, in threads of its own. Any number of workers, in this and other processes, may share one database: they lock what
// they work on. A worker that dies leaves its batch to the others. Work that fails again and again is set aside (dora.parked_units) and never holds up the
// rest.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_WORKER_H_
#define HEADWAY_AGGREGATOR_ROLLUP_WORKER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/rollup/transactions.h"
#include "aggregator/store/connection_pool.h"
#include "aggregator/store/graph_cache.h"

namespace headway {

struct WorkerOptions {
  int threads = 1;
  int items_per_batch = 4000;
  int entities_per_batch = 200;
  absl::Duration poll = absl::Seconds(1);  // for work that nobody announced
  bool allow_append = true;
  // Called from the worker's threads after a batch that did something, and when one fails; for instruments and logs.
  std::function<void(const BatchResult&)> on_batch;
  std::function<void(const absl::Status&)> on_error;
};

// Totals since the start, for instruments. Thread-safe.
struct WorkerCounters {
  std::atomic<int64_t> batches{0};
  std::atomic<int64_t> objects{0};
  std::atomic<int64_t> entities{0};
  std::atomic<int64_t> appended{0};
  std::atomic<int64_t> failures{0};
  std::atomic<int64_t> parked{0};
};

class Worker {
 public:
  // The pool (at least as many connections as threads) and the cache outlive the worker.
  Worker(ConnectionPool* pool, GraphCache* graphs, WorkerOptions options);
  ~Worker();  // stops

  void Start();
  // Finishes the batches under way. Idempotent.
  void Stop();
  // There is work. Thread-safe, does not block.
  void Wake();

  // Works in the caller's thread until nothing is left that could be done now. Not while started, and one at a time.
  absl::Status Drain();

  const WorkerCounters& counters() const { return counters_; }

 private:
  struct Turn;

  Turn NewTurn(int thread, int threads);

  void Run(int thread);
  absl::Status EnqueueOutdatedOnce();
  // One round over all queues. True if there may be more at once.
  bool Round(Turn* turn);
  // One batch. Sets *more if there is more; failures shrink the batch until what is at fault stands alone and is parked.
  absl::Status Batch(Turn* turn, int queue, bool* more);
  // On the connection of the batch, since there may be no other.
  absl::Status Recover(Connection& connection, Turn* turn, int queue, const std::vector<std::string>& units,
                       const absl::Status& error);

  ConnectionPool& pool_;
  GraphCache& graphs_;
  const WorkerOptions options_;
  WorkerCounters counters_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Turn> drained_;  // what Drain keeps
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t wakes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_WORKER_H_
