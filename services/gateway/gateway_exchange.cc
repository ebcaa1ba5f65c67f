#include "services/gateway/gateway_exchange.h"

#include <utility>

#include "services/gateway/answers.h"

namespace headway::gateway {

GatewayExchange::GatewayExchange(CallPlan plan, Headers request, size_t max_message_bytes, Surroundings surroundings)
    : request_(std::move(request)),
      surroundings_(std::move(surroundings)),
      decoder_(plan.format->NewDecoder(max_message_bytes)),
      plan_(std::move(plan)) {}

GatewayExchange::~GatewayExchange() { Release(); }

std::optional<Answer> GatewayExchange::OnBody(absl::string_view piece) {
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = decoder_->Add(piece); !status.ok()) {
    if (!absl::IsResourceExhausted(status)) return TrailersOnly(*plan_.format, status, plan_.origin);
    return HttpError(413, status.code(), status.message(), plan_.origin);
  }
  const size_t held = decoder_->held_bytes();
  const bool is_allowed = surroundings_.hold(static_cast<ptrdiff_t>(held) - static_cast<ptrdiff_t>(held_));
  held_ = held;
  if (is_allowed) return std::nullopt;
  return HttpError(503, absl::StatusCode::kUnavailable, "too many requests at once: retry with back-off", plan_.origin);
}

std::optional<Answer> GatewayExchange::OnRequest() {
  absl::StatusOr<std::string> message = decoder_->Finish();
  {
    absl::MutexLock lock(&mutex_);
    if (!message.ok()) return TrailersOnly(*plan_.format, message.status(), plan_.origin);
    plan_.message = *std::move(message);
  }
  Release();
  surroundings_.authenticator->Authenticate(request_, [self = shared_from_this()](absl::StatusOr<Headers> metadata) {
    self->OnAuthenticated(std::move(metadata));
  });
  return std::nullopt;
}

void GatewayExchange::OnAuthenticated(absl::StatusOr<Headers> metadata) {
  absl::MutexLock lock(&mutex_);
  if (is_done_) return;
  if (!metadata.ok()) {
    plan_.response->Start(TrailersOnly(*plan_.format, metadata.status(), plan_.origin).head);
    plan_.response->End([](std::string*) {});
    return;
  }
  plan_.metadata.insert(plan_.metadata.end(), metadata->begin(), metadata->end());
  call_ = surroundings_.forward(std::move(plan_));
}

void GatewayExchange::OnRoom() {
  std::shared_ptr<ForwardedCall> call;
  {
    absl::MutexLock lock(&mutex_);
    call = call_;
  }
  if (call != nullptr) call->Resume();
}

void GatewayExchange::OnDone(bool lost) {
  std::shared_ptr<ForwardedCall> call;
  {
    absl::MutexLock lock(&mutex_);
    is_done_ = true;
    call = std::exchange(call_, nullptr);
  }
  if (lost && call != nullptr) call->Abandon();
}

void GatewayExchange::Release() { surroundings_.hold(-static_cast<ptrdiff_t>(std::exchange(held_, 0))); }

}  // namespace headway::gateway
