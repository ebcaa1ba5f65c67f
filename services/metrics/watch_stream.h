// One WatchEntityMetrics call: a slot for the latest answer, and the writing of it at the caller's pace. A slow reader misses states between, never the latest,
// and holds no more than two answers.
#ifndef HEADWAY_SERVICES_METRICS_WATCH_STREAM_H_
#define HEADWAY_SERVICES_METRICS_WATCH_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "headway/v1/metrics.pb.h"
#include "services/metrics/watch_hub.h"

namespace headway {

// Shared by the call and the hub: it outlives the call where the hub still holds it, and then does nothing.
class WatchSlot : public Watcher {
 public:
  // How answers leave. Both are called without a lock held, never at the same time as each other, and `finish` once, last.
  struct Outlet {
    std::function<void(const v1::GetEntityMetricsResponse*)> write;  // WriteDone when it is done
    std::function<void(absl::Status)> finish;
  };
  explicit WatchSlot(Outlet outlet) : outlet_(std::move(outlet)) {}

  void Offer(WatchAnswer answer) override;
  // Ends after the write that is under way.
  void End(absl::Status status) override;
  // The write ended; not ok: the caller is gone.
  void WriteDone(bool ok);

  bool has_ended() const;

 private:
  const Outlet outlet_;
  mutable absl::Mutex mutex_;
  WatchAnswer latest_ ABSL_GUARDED_BY(mutex_);   // to be written
  WatchAnswer writing_ ABSL_GUARDED_BY(mutex_);  // stays until it is written
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

// The call. Deletes itself when gRPC is done with it.
class WatchStream : public grpc::ServerWriteReactor<v1::GetEntityMetricsResponse> {
 public:
  // `done` is called once, as the last thing, with the slot and the outcome.
  explicit WatchStream(std::function<void(const WatchSlot*, const absl::Status&)> done);

  const std::shared_ptr<WatchSlot>& slot() const { return slot_; }

  void OnWriteDone(bool ok) override { slot_->WriteDone(ok); }
  void OnCancel() override { slot_->End(absl::CancelledError("the caller went away")); }
  void OnDone() override;

 private:
  const std::function<void(const WatchSlot*, const absl::Status&)> done_;
  absl::Status outcome_;
  std::shared_ptr<WatchSlot> slot_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_WATCH_STREAM_H_
