#include "services/gateway/forwarded_call.h"

#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "services/gateway/answers.h"

namespace headway::gateway {
namespace {

absl::string_view View(grpc::string_ref ref) { return absl::string_view(ref.data(), ref.size()); }
absl::string_view View(const grpc::Slice& slice) {
  return absl::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// The string's memory becomes the slice's.
grpc::ByteBuffer ToBuffer(std::string message) {
  auto* kept = new std::string(std::move(message));
  grpc::Slice slice(
      kept->data(), kept->size(), [](void* string) { delete static_cast<std::string*>(string); }, kept);
  return grpc::ByteBuffer(&slice, 1);
}

template <typename Metadata>
void AddAll(const MetadataRules& rules, const Metadata& metadata, Headers* out) {
  for (const auto& [name, value] : metadata) AddFromMetadata(rules, View(name), View(value), out);
}

}  // namespace

ForwardedCall::ForwardedCall(CallPlan plan, std::function<void()> done)
    : plan_(std::move(plan)), done_(std::move(done)), began_(absl::Now()) {}

std::shared_ptr<ForwardedCall> ForwardedCall::Start(CallPlan plan, std::function<void()> done) {
  std::shared_ptr<ForwardedCall> call(new ForwardedCall(std::move(plan), std::move(done)));
  call->self_ = call;
  call->Begin();
  return call;
}

void ForwardedCall::Begin() {
  context_.set_deadline(absl::ToChronoTime(plan_.deadline));
  for (auto& [name, value] : plan_.metadata) context_.AddMetadata(name, value);
  plan_.instruments->messages_in.Increment();
  plan_.instruments->bytes_in.Increment(static_cast<double>(plan_.message.size()));
  request_ = ToBuffer(std::move(plan_.message));
  plan_.stub->PrepareBidiStreamingCall(&context_, plan_.method, grpc::StubOptions(), this);
  AddHold();  // until the last read: reads also begin outside of reactions
  StartWriteLast(&request_, grpc::WriteOptions());
  StartCall();
}

void ForwardedCall::OnReadInitialMetadataDone(bool ok) {
  if (ok) {
    AddAll(*plan_.rules, context_.GetServerInitialMetadata(), &metadata_);
    plan_.response->Start(HeadOf(*plan_.format, metadata_, plan_.origin));
  }
  StartRead(&message_);  // not earlier: the first message's answer needs the metadata
}

void ForwardedCall::OnReadDone(bool ok) {
  if (!ok) return RemoveHold();
  PassOn();
}

void ForwardedCall::PassOn() {
  {
    absl::MutexLock lock(&mutex_);
    has_answered_ = true;
  }
  std::vector<grpc::Slice> slices;
  std::vector<absl::string_view> pieces;
  if (message_.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) pieces.push_back(View(slice));
  }
  plan_.instruments->messages_out.Increment();
  plan_.instruments->bytes_out.Increment(static_cast<double>(message_.Length()));
  message_.Clear();  // the slices live on
  const bool has_room = plan_.response->Append([&](std::string* out) { plan_.format->AppendMessage(pieces, out); });
  if (has_room) StartRead(&message_);  // else Resume does, perhaps already
}

void ForwardedCall::Resume() { StartRead(&message_); }

void ForwardedCall::Abandon() {
  plan_.instruments->lost.Increment();
  context_.TryCancel();
  if (plan_.response->Abandon()) StartRead(&message_);  // which fails, and ends the call
}

void ForwardedCall::EndWith(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    end_ = std::move(status);
  }
  context_.TryCancel();
}

bool ForwardedCall::HasAnswered() const {
  absl::MutexLock lock(&mutex_);
  return has_answered_;
}

Headers ForwardedCall::TrailersOf(const grpc::Status& status) const {
  Headers trailers;
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.ok()) return StatusTrailers(static_cast<int>(end_.code()), end_.message(), "");
  }
  trailers = StatusTrailers(status.error_code(), status.error_message(), status.error_details());
  AddAll(*plan_.rules, context_.GetServerTrailingMetadata(), &trailers);
  return trailers;
}

void ForwardedCall::OnDone(const grpc::Status& status) {
  Headers trailers = TrailersOf(status);
  plan_.instruments->calls.Finished(status.error_code(), absl::Now() - began_);
  const std::shared_ptr<ForwardedCall> self = std::move(self_);
  bool is_in_head = false;
  if (!HasAnswered()) {
    Headers head = metadata_;
    head.insert(head.end(), trailers.begin(), trailers.end());
    is_in_head = plan_.response->Start(HeadOf(*plan_.format, std::move(head), plan_.origin));
  }
  plan_.response->End([&](std::string* out) {
    if (!is_in_head) plan_.format->AppendTrailers(trailers, out);
  });
  done_();
}

}  // namespace headway::gateway
