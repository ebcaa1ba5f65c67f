#include "ingester/kubernetes/timing.h"

#include <chrono>

namespace headway::kubernetes {

absl::Duration SystemTiming::Elapsed() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

bool SystemTiming::Sleep(absl::Duration time) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&is_stopped_), time);
}

void SystemTiming::Stop() {
  absl::MutexLock lock(&mutex_);
  is_stopped_ = true;
}

}  // namespace headway::kubernetes
