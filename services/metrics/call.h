// What work done for a caller must know of the call.
#ifndef HEADWAY_SERVICES_METRICS_CALL_H_
#define HEADWAY_SERVICES_METRICS_CALL_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace headway {

struct Call {
  absl::Time deadline = absl::InfiniteFuture();
  std::function<bool()> cancelled;  // empty: never

  // CANCELLED or DEADLINE_EXCEEDED when nobody waits for the answer any more: asked between the steps of long work.
  absl::Status Check() const {
    if (cancelled && cancelled()) return absl::CancelledError("the caller went away");
    if (absl::Now() >= deadline) return absl::DeadlineExceededError("the caller's deadline has passed");
    return absl::OkStatus();
  }
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_CALL_H_
