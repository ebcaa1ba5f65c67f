// A sink for tests: remembers what came, and can fail a number of times first.
#ifndef HEADWAY_INGESTER_DELIVERY_RECORDING_SINK_H_
#define HEADWAY_INGESTER_DELIVERY_RECORDING_SINK_H_

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "ingester/delivery/observation_sink.h"

namespace headway {

// Thread-safe.
class RecordingSink : public ObservationSink {
 public:
  // The next `times` calls fail with `status`.
  void FailNext(int times, absl::Status status) {
    absl::MutexLock lock(&mutex_);
    failures_left_ = times;
    failure_ = std::move(status);
  }
  // Refuses the records for which `field_of` gives the name of a field.
  void RejectWhere(std::function<std::string(const v1::Observation&)> field_of) {
    absl::MutexLock lock(&mutex_);
    field_of_ = std::move(field_of);
  }
  // Each call takes at least this long.
  void TakeTime(absl::Duration time) { time_ = time; }

  absl::StatusOr<v1::IngestResponse> Send(const v1::IngestRequest& batch) override {
    {
      absl::MutexLock lock(&mutex_);
      ++calls_;
      most_at_once_ = std::max(most_at_once_, ++at_once_);
    }
    absl::SleepFor(time_);
    absl::MutexLock lock(&mutex_);
    --at_once_;
    if (failures_left_ > 0) {
      --failures_left_;
      return failure_;
    }
    v1::IngestResponse response;
    batch_bytes_.push_back(batch.ByteSizeLong());
    batch_records_.push_back(batch.observations_size());
    for (int i = 0; i < batch.observations_size(); ++i) Take(batch.observations(i), i, &response);
    return response;
  }

  std::vector<v1::Observation> observations() const {
    absl::MutexLock lock(&mutex_);
    return observations_;
  }
  std::vector<size_t> batch_bytes() const {
    absl::MutexLock lock(&mutex_);
    return batch_bytes_;
  }
  std::vector<int> batch_records() const {
    absl::MutexLock lock(&mutex_);
    return batch_records_;
  }
  int calls() const {
    absl::MutexLock lock(&mutex_);
    return calls_;
  }
  int most_at_once() const {
    absl::MutexLock lock(&mutex_);
    return most_at_once_;
  }

 private:
  void Take(const v1::Observation& observation, int index, v1::IngestResponse* response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string field = field_of_ ? field_of_(observation) : "";
    if (field.empty()) {
      observations_.push_back(observation);
      response->set_stored(response->stored() + 1);
      return;
    }
    response->set_rejected(response->rejected() + 1);
    v1::Rejection* rejection = response->add_rejections();
    rejection->set_index(index);
    rejection->set_field(field);
    rejection->set_reason("refused by the test");
  }

  absl::Duration time_;
  mutable absl::Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int at_once_ ABSL_GUARDED_BY(mutex_) = 0;
  int most_at_once_ ABSL_GUARDED_BY(mutex_) = 0;
  int failures_left_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::function<std::string(const v1::Observation&)> field_of_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Observation> observations_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> batch_bytes_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> batch_records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_DELIVERY_RECORDING_SINK_H_
