// How long to wait after a failure.
#ifndef HEADWAY_INGESTER_KUBERNETES_BACK_OFF_H_
#define HEADWAY_INGESTER_KUBERNETES_BACK_OFF_H_

#include <algorithm>

#include "absl/time/time.h"

namespace headway::kubernetes {

// As client-go waits: from 800 ms doubling, each pause lengthened by chance to up to twice as much; from the beginning again when there was no failure for two minutes.
// Here 30 s is the longest pause with chance counted in, so what has healed is seen within that time. Not thread-safe.
class BackOff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(800);
  static constexpr absl::Duration kLongest = absl::Seconds(30);
  static constexpr absl::Duration kResetAfter = absl::Minutes(2);

  // `elapsed`: now, as Timing tells it; `fraction`: a random number in [0, 1).
  absl::Duration Next(absl::Duration elapsed, double fraction) {
    if (elapsed - last_ > kResetAfter) pause_ = kFirst;
    const absl::Duration pause = pause_ * (1 + fraction);
    pause_ = std::min(pause_ * 2, kLongest / 2);
    last_ = elapsed + pause;
    return pause;
  }

 private:
  absl::Duration pause_ = kFirst;
  absl::Duration last_;  // when the last pause ended
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_BACK_OFF_H_
