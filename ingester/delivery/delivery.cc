#include "ingester/delivery/delivery.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace headway {
namespace {

bool IsWorthRetrying(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status);
}

double RandomFraction() {
  thread_local absl::BitGen generator;
  return absl::Uniform(generator, 0.0, 1.0);
}

DeliveryOptions WithDefaults(DeliveryOptions options) {
  if (!options.sleep) options.sleep = [](absl::Duration pause) { absl::SleepFor(pause); };
  if (!options.jitter) options.jitter = RandomFraction;
  return options;
}

}  // namespace

Delivery::Delivery(ObservationSink* sink, DeliveryOptions options)
    : sink_(sink), options_(WithDefaults(std::move(options))) {
  for (int i = 0; i < options_.window; ++i) threads_.emplace_back([this] { Work(); });
}

Delivery::~Delivery() {
  {
    absl::MutexLock lock(&mutex_);
    // Whoever leaves without Finish has given up: what still waits is not sent.
    if (!finishing_) waiting_.clear();
    finishing_ = true;
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

absl::Status Delivery::Send(ObservationBatch batch) {
  if (batch.request.observations().empty()) return absl::OkStatus();
  const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !status_.ok() || waiting_.size() < static_cast<size_t>(options_.window);
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_room));
  if (!status_.ok()) return status_;
  waiting_.push_back(std::move(batch));
  return absl::OkStatus();
}

absl::Status Delivery::Finish() {
  {
    absl::MutexLock lock(&mutex_);
    finishing_ = true;
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  absl::MutexLock lock(&mutex_);
  return status_;
}

void Delivery::Work() {
  const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return finishing_ || !status_.ok() || !waiting_.empty();
  };
  while (true) {
    ObservationBatch batch;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (!status_.ok() || waiting_.empty()) return;
      batch = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Deliver(batch);
  }
}

void Delivery::Deliver(const ObservationBatch& batch) {
  absl::StatusOr<v1::IngestResponse> response = SendWithRetries(batch.request);
  if (response.ok()) {
    Count(batch, *response);
    return;
  }
  absl::MutexLock lock(&mutex_);
  if (status_.ok()) status_ = response.status();
}

bool Delivery::Failed() const {
  absl::MutexLock lock(&mutex_);
  return !status_.ok();
}

absl::StatusOr<v1::IngestResponse> Delivery::SendWithRetries(const v1::IngestRequest& request) {
  absl::Duration waited;
  absl::Duration pause = options_.first_pause;
  while (true) {
    absl::StatusOr<v1::IngestResponse> response = sink_->Send(request);
    if (response.ok() || !IsWorthRetrying(response.status())) return response;
    if (waited >= options_.give_up_after || Failed()) {
      return absl::Status(response.status().code(), absl::StrCat(response.status().message(), " (gave up after ",
                                                                 absl::FormatDuration(waited), " of retries)"));
    }
    // Between half of the pause and all of it, so that several senders do not come back at once.
    const absl::Duration spread = pause * (0.5 + 0.5 * options_.jitter());
    ++counts_.retries;
    options_.sleep(spread);
    waited += spread;
    pause = std::min(pause * 2, options_.longest_pause);
  }
}

void Delivery::Count(const ObservationBatch& batch, const v1::IngestResponse& response) {
  counts_.stored += response.stored();
  counts_.duplicates += response.duplicates();
  counts_.rejected += response.rejected();
  absl::MutexLock lock(&rejection_mutex_);
  for (const v1::Rejection& rejection : response.rejections()) {
    const auto index = static_cast<size_t>(rejection.index());
    const int64_t origin = index < batch.origins.size() ? batch.origins[index] : 0;
    options_.on_rejected({origin, rejection.field(), rejection.reason()});
  }
}

}  // namespace headway
