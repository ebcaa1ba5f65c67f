#include "services/gateway/response_buffer.h"

#include <utility>

namespace headway::gateway {
namespace {

// A string that grew for one large message gives its memory back.
constexpr size_t kKeptBytes = 1 << 20;

}  // namespace

bool ResponseBuffer::HasRoom() const { return is_abandoned_ || bytes_.size() + being_written_ < high_water_bytes_; }

bool ResponseBuffer::Start(ResponseHead head) {
  absl::MutexLock lock(&mutex_);
  if (!head_left_) head_ = std::move(head);
  return !head_left_;
}

bool ResponseBuffer::Append(absl::FunctionRef<void(std::string*)> fill) {
  bool wake = false, has_room = true;
  {
    absl::MutexLock lock(&mutex_);
    if (is_abandoned_) return true;
    fill(&bytes_);
    has_room = HasRoom();
    call_waits_ = !has_room;
    wake = !std::exchange(is_awake_, true);
  }
  // After this the call may already be told that there is room, on the connection's thread.
  if (wake) wake_();
  return has_room;
}

void ResponseBuffer::End(absl::FunctionRef<void(std::string*)> fill) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_abandoned_) return;
    fill(&bytes_);
    ended_ = true;
    if (std::exchange(is_awake_, true)) return;
  }
  wake_();
}

ResponseBuffer::Part ResponseBuffer::Take(std::string spent) {
  if (spent.capacity() > kKeptBytes) spent = std::string();
  spent.clear();
  Part part;
  absl::MutexLock lock(&mutex_);
  if (!head_left_ && head_) {
    part.head = *std::move(head_);
    head_left_ = true;
  }
  part.bytes = std::exchange(bytes_, std::move(spent));
  part.is_last = ended_;
  being_written_ = part.bytes.size();
  is_awake_ = false;
  return part;
}

bool ResponseBuffer::Written() {
  absl::MutexLock lock(&mutex_);
  being_written_ = 0;
  return HasRoom() && std::exchange(call_waits_, false);
}

bool ResponseBuffer::Abandon() {
  absl::MutexLock lock(&mutex_);
  is_abandoned_ = true;
  bytes_ = std::string();
  return std::exchange(call_waits_, false);
}

}  // namespace headway::gateway
