// Whether the queue of observed objects moves: for how long the oldest that waits has been the same. Thread-safe.
#ifndef HEADWAY_SERVICES_METRICS_QUEUE_PROGRESS_H_
#define HEADWAY_SERVICES_METRICS_QUEUE_PROGRESS_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace headway {

class QueueProgress {
 public:
  // The oldest item as just seen; absent: none waits. Returns for how long it has been the same, as far as was seen; absent with it.
  std::optional<absl::Duration> See(std::optional<int64_t> front, absl::Time now) {
    absl::MutexLock lock(&mutex_);
    if (front != front_) {
      front_ = front;
      since_ = now;
    }
    if (!front_.has_value()) return std::nullopt;
    return std::max(now - since_, absl::ZeroDuration());
  }

 private:
  absl::Mutex mutex_;
  std::optional<int64_t> front_ ABSL_GUARDED_BY(mutex_);
  absl::Time since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_QUEUE_PROGRESS_H_
