// One answer on its way: the call appends from gRPC's threads, the connection takes on its own, and the room between them is bounded. Where the reader is
// slow, the call is told that there is no room, and told again when there is.
#ifndef HEADWAY_SERVICES_GATEWAY_RESPONSE_BUFFER_H_
#define HEADWAY_SERVICES_GATEWAY_RESPONSE_BUFFER_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/headers.h"

namespace headway::gateway {

struct ResponseHead {
  int status = 200;
  Headers headers;  // without what the connection adds itself: content-length, transfer-encoding, connection
};

// Thread-safe. One thread appends at a time, one takes.
class ResponseBuffer {
 public:
  // `wake`: there is something to take; called without a lock, on the thread that appends, and not again before what was there is taken.
  ResponseBuffer(size_t high_water_bytes, std::function<void()> wake)
      : high_water_bytes_(high_water_bytes), wake_(std::move(wake)) {}

  // What the call does.

  // Lays the head ready, in place of one that was there. It leaves with the first bytes, or when the connection finds it waiting. False: one has left already.
  bool Start(ResponseHead head);
  // `fill` appends to the bytes that wait. False: there is no room for more until the connection says so.
  bool Append(absl::FunctionRef<void(std::string*)> fill);
  // The same for the last bytes; never without room.
  void End(absl::FunctionRef<void(std::string*)> fill);

  // What the connection does.

  struct Part {
    std::optional<ResponseHead> head;  // where it has not left yet
    std::string bytes;
    bool is_last = false;
  };
  // All that is there. `spent`: a string whose memory may be used again.
  Part Take(std::string spent);
  // What was taken has been written. True: the call waits for room, and there is.
  bool Written();
  // The reader is gone: what is appended from now on is dropped. True: the call waits for room.
  bool Abandon();

 private:
  bool HasRoom() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Wake();

  const size_t high_water_bytes_;
  const std::function<void()> wake_;
  mutable absl::Mutex mutex_;
  std::optional<ResponseHead> head_ ABSL_GUARDED_BY(mutex_);
  bool head_left_ ABSL_GUARDED_BY(mutex_) = false;
  std::string bytes_ ABSL_GUARDED_BY(mutex_);
  size_t being_written_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_awake_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  bool call_waits_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_RESPONSE_BUFFER_H_
