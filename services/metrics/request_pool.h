// Threads that answer requests, so that gRPC's own never wait for the database. Bounded: what does not fit is refused at once.
#ifndef HEADWAY_SERVICES_METRICS_REQUEST_POOL_H_
#define HEADWAY_SERVICES_METRICS_REQUEST_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace headway {

// Thread-safe.
class RequestPool {
 public:
  using Work = std::function<void()>;

  RequestPool(int threads, size_t max_queued) : thread_count_(threads), max_queued_(max_queued) {}
  ~RequestPool();  // stops

  void Start();
  // Does what is queued, then ends the threads. Nothing is taken any more.
  void Stop();

  // False: full, or stopped; the work is not done. Work that was taken is done once.
  bool Submit(Work work);

  size_t queued() const;

 private:
  void Run();
  bool HasWorkOrStops() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); }

  const int thread_count_;
  const size_t max_queued_;
  mutable absl::Mutex mutex_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_REQUEST_POOL_H_
