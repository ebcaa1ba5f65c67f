#include "services/metrics/watch_stream.h"

#include <utility>

#include "services/runtime/grpc_status.h"

namespace headway {

void WatchSlot::Offer(WatchAnswer answer) {
  const v1::GetEntityMetricsResponse* write = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    if (has_ended_) return;
    if (writing_ != nullptr) {
      latest_ = std::move(answer);
      return;
    }
    writing_ = std::move(answer);
    write = writing_.get();
  }
  outlet_.write(write);
}

void WatchSlot::End(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    if (has_ended_) return;
    has_ended_ = true;
    latest_ = nullptr;
    end_ = std::move(status);
    if (writing_ != nullptr) return;  // WriteDone finishes
    status = end_;
  }
  outlet_.finish(std::move(status));
}

void WatchSlot::WriteDone(bool ok) {
  const v1::GetEntityMetricsResponse* write = nullptr;
  absl::Status finish;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = nullptr;
    if (!ok && !has_ended_) {
      has_ended_ = true;
      end_ = absl::CancelledError("the caller went away");
    }
    if (!has_ended_) {
      if (latest_ == nullptr) return;
      writing_ = std::exchange(latest_, nullptr);
      write = writing_.get();
    }
    finish = end_;
  }
  if (write != nullptr) {
    outlet_.write(write);
  } else {
    outlet_.finish(std::move(finish));
  }
}

bool WatchSlot::has_ended() const {
  absl::MutexLock lock(&mutex_);
  return has_ended_;
}

WatchStream::WatchStream(std::function<void(const WatchSlot*, const absl::Status&)> done)
    : done_(std::move(done)),
      slot_(std::make_shared<WatchSlot>(WatchSlot::Outlet{
          .write = [this](const v1::GetEntityMetricsResponse* answer) { StartWrite(answer); },
          .finish =
              [this](absl::Status status) {
                outcome_ = status;
                Finish(ToGrpc(status));
              },
      })) {}

void WatchStream::OnDone() {
  done_(slot_.get(), outcome_);
  delete this;
}

}  // namespace headway
