// Answers of CoverageService: checks the request, reads the store, and keeps what was read of everything for some seconds, since that is asked by everybody.
#ifndef HEADWAY_SERVICES_METRICS_COVERAGE_ANSWERS_H_
#define HEADWAY_SERVICES_METRICS_COVERAGE_ANSWERS_H_

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/coverage_reader.h"
#include "headway/v1/coverage.pb.h"
#include "services/base/clock.h"
#include "services/metrics/call.h"
#include "services/metrics/queue_progress.h"

namespace headway {

// Thread-safe; blocks its thread while it reads. What it is given outlives it.
class CoverageAnswers {
 public:
  // For how long an answer about everything is given again: at least so long, and so many times as long as it took to read. So whoever asks again and again
  // takes a tenth of a connection at most.
  static constexpr absl::Duration kKept = absl::Seconds(5);
  static constexpr int kKeptTimes = 10;

  CoverageAnswers(CoverageReader* reader, QueueProgress* progress, const Clock* clock)
      : reader_(*reader), progress_(*progress), clock_(*clock) {}

  // INVALID_ARGUMENT names the field; else as CoverageReader.
  absl::Status GetCoverage(const v1::GetCoverageRequest& request, const Call& call, v1::GetCoverageResponse* out);

 private:
  using Key = std::pair<int, int>;  // days, limit
  bool Recall(const Key& key, absl::Time now, v1::GetCoverageResponse* out);
  void Keep(const Key& key, const v1::GetCoverageResponse& answer, absl::Time asked);
  absl::StatusOr<v1::GetCoverageResponse> Read(const CoverageQuestion& question);

  CoverageReader& reader_;
  QueueProgress& progress_;
  const Clock& clock_;
  absl::Mutex mutex_;
  struct Kept {
    absl::Time from;
    absl::Time until;
    v1::GetCoverageResponse answer;
  };
  std::map<Key, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_COVERAGE_ANSWERS_H_
