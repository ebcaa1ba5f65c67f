// One request of a browser: its body is taken in, then it is authenticated, then it is forwarded.
#ifndef HEADWAY_SERVICES_GATEWAY_GATEWAY_EXCHANGE_H_
#define HEADWAY_SERVICES_GATEWAY_GATEWAY_EXCHANGE_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/authenticator.h"
#include "services/gateway/forwarded_call.h"
#include "services/gateway/http_server.h"

namespace headway::gateway {

class GatewayExchange : public Exchange, public std::enable_shared_from_this<GatewayExchange> {
 public:
  struct Surroundings {
    Authenticator* authenticator;
    // Takes note of so many bytes more (or less) that are held; false: too many.
    std::function<bool(ptrdiff_t)> hold;
    std::function<std::shared_ptr<ForwardedCall>(CallPlan)> forward;
    std::shared_ptr<void> slot;  // held as long as this lives
  };

  GatewayExchange(CallPlan plan, Headers request, size_t max_message_bytes, Surroundings surroundings);
  ~GatewayExchange() override;

  std::optional<Answer> OnBody(absl::string_view piece) override;
  std::optional<Answer> OnRequest() override;
  void OnRoom() override;
  void OnDone(bool lost) override;

 private:
  void OnAuthenticated(absl::StatusOr<Headers> metadata);
  void Release();

  const Headers request_;
  const Surroundings surroundings_;
  const std::unique_ptr<RequestDecoder> decoder_;
  size_t held_ = 0;
  absl::Mutex mutex_;
  CallPlan plan_ ABSL_GUARDED_BY(mutex_);
  bool is_done_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<ForwardedCall> call_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_GATEWAY_EXCHANGE_H_
