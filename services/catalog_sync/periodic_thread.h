// A thread that does something, waits, and does it again, until it is stopped.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_PERIODIC_THREAD_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_PERIODIC_THREAD_H_

#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace headway {

// Start, Stop and the destructor from one thread; the rest thread-safe.
class PeriodicThread {
 public:
  ~PeriodicThread() { Stop(); }

  // `work` returns how long to wait until it is done again.
  void Start(std::function<absl::Duration()> work) {
    thread_ = std::thread([this, work = std::move(work)] {
      while (!stopping()) Sleep(work());
    });
  }
  // Ends waits; the work itself ends when it has asked stopping().
  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    if (thread_.joinable()) thread_.join();
  }

  bool stopping() const {
    absl::MutexLock lock(&mutex_);
    return stopping_;
  }
  // Shorter where it is stopped meanwhile.
  void Sleep(absl::Duration pause) const {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause);
  }

 private:
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_PERIODIC_THREAD_H_
