// What is forwarded and what is refused: every request is looked at here, before and while its body comes.
#ifndef HEADWAY_SERVICES_GATEWAY_GATEWAY_H_
#define HEADWAY_SERVICES_GATEWAY_GATEWAY_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/authenticator.h"
#include "services/gateway/cors.h"
#include "services/gateway/forwarded_call.h"
#include "services/gateway/gateway_instruments.h"
#include "services/gateway/http_server.h"
#include "services/gateway/routes.h"

namespace headway::gateway {

struct GatewayRules {
  std::vector<Route> routes;
  CorsRules cors;
  MetadataRules metadata;
  size_t max_message_bytes = 8 << 20;
  size_t max_held_bytes = 128 << 20;             // of requests that have not come whole, together; beyond: 503
  size_t max_in_flight = 512;                    // calls; beyond: 503
  absl::Duration max_deadline = absl::Hours(1);  // of a call, also of one that asks for none
};

// Thread-safe.
class Gateway : public Handler {
 public:
  // `stubs`: one for each route. `ready`: for /readyz; must not block. All must outlive it.
  Gateway(GatewayRules rules, std::vector<grpc::GenericStub*> stubs, Authenticator* authenticator,
          std::function<absl::Status()> ready, GatewayInstruments* instruments);

  std::variant<Answer, std::shared_ptr<Exchange>> OnHead(const RequestHead& head,
                                                         std::shared_ptr<ResponseBuffer> response) override;
  void OnAnswered(int status) override;
  void OnConnections(size_t count) override;

  // From now on new calls are refused, and those that have answered already (streams, then) end with UNAVAILABLE.
  void Drain();
  // All end so.
  void EndAll();
  // Calls that are under way.
  size_t in_flight() const { return in_flight_; }

 private:
  // Counts a call as long as anything of it is there.
  class Slot;

  Answer Health(absl::string_view target);
  absl::StatusOr<CallPlan> PlanOf(const RequestHead& head, size_t route) const;
  bool Hold(ptrdiff_t change);
  std::shared_ptr<ForwardedCall> Forward(CallPlan plan, std::shared_ptr<Slot> slot);
  void End(absl::FunctionRef<bool(const ForwardedCall&)> which);

  const GatewayRules rules_;
  const std::vector<grpc::GenericStub*> stubs_;
  Authenticator* const authenticator_;
  const std::function<absl::Status()> ready_;
  GatewayInstruments& instruments_;
  std::atomic<bool> draining_ = false;
  std::atomic<size_t> in_flight_ = 0;
  std::atomic<size_t> held_bytes_ = 0;
  absl::Mutex mutex_;
  absl::flat_hash_map<const Slot*, std::shared_ptr<ForwardedCall>> calls_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<const Slot*> ended_early_ ABSL_GUARDED_BY(mutex_);  // before they were in `calls_`
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_GATEWAY_H_
