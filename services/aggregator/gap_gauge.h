// How many deployments nobody saw, as instruments: counted by a thread of its own when a batch has changed gaps, and now and then, since another aggregator
// may have. Counting reads the table of gaps, which holds nothing else.
#ifndef HEADWAY_SERVICES_AGGREGATOR_GAP_GAUGE_H_
#define HEADWAY_SERVICES_AGGREGATOR_GAP_GAUGE_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"
#include "services/base/instruments.h"

namespace headway {

class GapGauge {
 public:
  GapGauge(DatabaseUrl url, Instruments& instruments);
  ~GapGauge();  // stops

  void Start();
  void Stop();
  // Gaps have changed. Does not block; thread-safe.
  void Changed();

 private:
  void Loop();

  const DatabaseUrl url_;
  prometheus::Gauge& gaps_;
  prometheus::Gauge& missed_;
  absl::Mutex mutex_;
  bool changed_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_GAP_GAUGE_H_
