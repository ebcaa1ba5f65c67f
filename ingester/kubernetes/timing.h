// Time, sleep and chance as the reflector uses them: a seam, so that tests need not wait.
#ifndef HEADWAY_INGESTER_KUBERNETES_TIMING_H_
#define HEADWAY_INGESTER_KUBERNETES_TIMING_H_

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace headway::kubernetes {

// Used from one thread, but for what says otherwise.
class Timing {
 public:
  virtual ~Timing() = default;
  // Time that only goes forward, since any moment.
  virtual absl::Duration Elapsed() = 0;
  // False: it is time to stop.
  virtual bool Sleep(absl::Duration time) = 0;
  // In [0, 1).
  virtual double Fraction() = 0;
};

// The machine's.
class SystemTiming : public Timing {
 public:
  absl::Duration Elapsed() override;
  bool Sleep(absl::Duration time) override;
  double Fraction() override { return absl::Uniform(random_, 0.0, 1.0); }
  // Ends Sleep, now and from now on. From any thread.
  void Stop();

 private:
  absl::BitGen random_;
  absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_TIMING_H_
