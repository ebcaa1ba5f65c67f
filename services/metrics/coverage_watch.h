// Looks at sources and the queue now and then, and tells instruments: what alerts stand on, also when a source has died with its own instruments.
#ifndef HEADWAY_SERVICES_METRICS_COVERAGE_WATCH_H_
#define HEADWAY_SERVICES_METRICS_COVERAGE_WATCH_H_

#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/coverage_reader.h"
#include "services/base/clock.h"
#include "services/base/instruments.h"
#include "services/metrics/queue_progress.h"

namespace headway {

// Thread-safe. What it is given outlives it.
class CoverageWatch {
 public:
  CoverageWatch(CoverageReader* reader, QueueProgress* progress, const Clock* clock, Instruments& instruments,
                absl::Duration every = absl::Seconds(15));
  ~CoverageWatch() { Stop(); }

  // Starts the thread that looks.
  void Start();
  void Stop();

  // One look: what the thread does. Where the store cannot be read the instruments stay as they were.
  void Look();

 private:
  // Of one kind of facts: the numbers of the source that is worst.
  struct Watching {
    prometheus::Gauge& sources;
    prometheus::Gauge& silence;
    prometheus::Gauge& lag;
  };
  void Loop();

  CoverageReader& reader_;
  QueueProgress& progress_;
  const Clock& clock_;
  const absl::Duration every_;
  std::map<v1::SourceStatus::Covers, Watching> watching_;
  std::map<v1::SourceProblem::Code, prometheus::Gauge*> problems_;
  prometheus::Gauge& queue_;
  prometheus::Gauge& stalled_;
  prometheus::Gauge& parked_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_COVERAGE_WATCH_H_
