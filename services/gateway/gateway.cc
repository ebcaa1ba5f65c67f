#include "services/gateway/gateway.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/gateway/answers.h"
#include "services/gateway/gateway_exchange.h"
#include "services/gateway/grpc_timeout.h"

namespace headway::gateway {
namespace {

constexpr char kTooMany[] = "too many calls at once: retry with back-off";

absl::Status Stopping() { return absl::UnavailableError("the gateway is stopping: retry"); }

Answer Plain(int status, absl::string_view text) {
  return {{status, {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}}},
          absl::StrCat(text, "\n")};
}

bool IsEncoded(const Headers& headers) {
  const absl::string_view encoding = Find(headers, "content-encoding");
  return !encoding.empty() && !absl::EqualsIgnoreCase(encoding, "identity");
}

}  // namespace

class Gateway::Slot {
 public:
  explicit Slot(Gateway* gateway) : gateway_(gateway) {
    ++gateway_->in_flight_;
    gateway_->instruments_.in_flight.Increment();
  }
  ~Slot() {
    gateway_->instruments_.in_flight.Decrement();
    --gateway_->in_flight_;
  }

 private:
  Gateway* const gateway_;
};

Gateway::Gateway(GatewayRules rules, std::vector<grpc::GenericStub*> stubs, Authenticator* authenticator,
                 std::function<absl::Status()> ready, GatewayInstruments* instruments)
    : rules_(std::move(rules)),
      stubs_(std::move(stubs)),
      authenticator_(authenticator),
      ready_(std::move(ready)),
      instruments_(*instruments) {}

Answer Gateway::Health(absl::string_view target) {
  if (target == "/healthz") return Plain(200, "ok");
  if (draining_) return Plain(503, "stopping");
  const absl::Status ready = ready_();
  return ready.ok() ? Plain(200, "ready") : Plain(503, "not ready: a backend cannot be reached");
}

std::variant<Answer, std::shared_ptr<Exchange>> Gateway::OnHead(const RequestHead& head,
                                                                std::shared_ptr<ResponseBuffer> response) {
  using Code = absl::StatusCode;
  if (head.method == "GET" && (head.target == "/healthz" || head.target == "/readyz")) return Health(head.target);
  const OriginCheck check = CheckOrigin(rules_.cors, head.headers);
  const std::string origin(check == OriginCheck::kAllowed ? Find(head.headers, "origin") : "");
  const auto refuse = [&origin](int status, Code code, absl::string_view text) {
    return HttpError(status, code, text, origin);
  };
  if (check == OriginCheck::kRefused) return refuse(403, Code::kPermissionDenied, "this origin is not allowed");
  if (IsPreflight(head.method, head.headers)) {
    if (origin.empty()) return refuse(403, Code::kPermissionDenied, "this origin is not allowed");
    return Answer{{204, PreflightHeaders(rules_.cors, head.headers)}, ""};
  }
  const std::optional<size_t> route = FindRoute(rules_.routes, ServiceOf(head.target));
  if (!route) return refuse(404, Code::kUnimplemented, "no such service here: the path is /package.Service/Method");
  if (head.method != "POST") return refuse(405, Code::kUnimplemented, "calls are made with POST");
  const WireFormat* format = FindWireFormat(Find(head.headers, "content-type"));
  if (format == nullptr || IsEncoded(head.headers)) {
    return refuse(415, Code::kUnimplemented,
                  "content-type: application/grpc-web[-text][+proto], without content-encoding");
  }
  if (head.body_bytes && *head.body_bytes > LongestBody(rules_.max_message_bytes)) {
    return refuse(413, Code::kResourceExhausted,
                  absl::StrCat("the body: at most ", rules_.max_message_bytes, " bytes for a message are allowed"));
  }
  if (draining_) return refuse(503, Code::kUnavailable, Stopping().message());
  if (in_flight_ >= rules_.max_in_flight) return refuse(503, Code::kUnavailable, kTooMany);
  absl::StatusOr<CallPlan> plan = PlanOf(head, *route);
  if (!plan.ok()) return TrailersOnly(*format, plan.status(), origin);
  plan->format = format;
  plan->origin = origin;
  plan->response = std::move(response);
  auto slot = std::make_shared<Slot>(this);
  return std::make_shared<GatewayExchange>(
      *std::move(plan), head.headers, rules_.max_message_bytes,
      GatewayExchange::Surroundings{
          .authenticator = authenticator_,
          .hold = [this](ptrdiff_t change) { return Hold(change); },
          .forward = [this, slot](CallPlan ready) { return Forward(std::move(ready), slot); },
          .slot = slot,
      });
}

absl::StatusOr<CallPlan> Gateway::PlanOf(const RequestHead& head, size_t route) const {
  CallPlan plan;
  plan.stub = stubs_[route];
  plan.method = head.target;
  plan.rules = &rules_.metadata;
  plan.instruments = &instruments_;
  absl::Duration timeout = rules_.max_deadline;
  if (const absl::string_view text = Find(head.headers, "grpc-timeout"); !text.empty()) {
    const std::optional<absl::Duration> asked = ParseGrpcTimeout(text);
    if (!asked) return absl::InvalidArgumentError("grpc-timeout: at most eight digits and one of H, M, S, m, u, n");
    timeout = std::min(timeout, *asked);
  }
  plan.deadline = absl::Now() + timeout;
  absl::StatusOr<Headers> metadata = ToMetadata(rules_.metadata, head.headers);
  if (!metadata.ok()) return metadata.status();
  plan.metadata = *std::move(metadata);
  return plan;
}

bool Gateway::Hold(ptrdiff_t change) {
  const size_t held = held_bytes_.fetch_add(static_cast<size_t>(change)) + static_cast<size_t>(change);
  instruments_.body_bytes_held.Set(static_cast<double>(held));
  return held <= rules_.max_held_bytes;
}

std::shared_ptr<ForwardedCall> Gateway::Forward(CallPlan plan, std::shared_ptr<Slot> slot) {
  // Told apart from others by the address of its slot, because it may end before Start returns.
  Slot* const key = slot.get();
  auto call = ForwardedCall::Start(std::move(plan), [this, key, slot = std::move(slot)]() mutable {
    {
      absl::MutexLock lock(&mutex_);
      if (calls_.erase(key) == 0) ended_early_.insert(key);
    }
    slot.reset();
  });
  absl::MutexLock lock(&mutex_);
  if (ended_early_.erase(key) == 0) calls_[key] = call;
  return call;
}

void Gateway::OnAnswered(int status) { instruments_.Answered(status); }

void Gateway::OnConnections(size_t count) { instruments_.connections.Set(static_cast<double>(count)); }

void Gateway::Drain() {
  draining_ = true;
  End([](const ForwardedCall& call) { return call.HasAnswered(); });
}

void Gateway::EndAll() {
  draining_ = true;
  End([](const ForwardedCall&) { return true; });
}

void Gateway::End(absl::FunctionRef<bool(const ForwardedCall&)> which) {
  std::vector<std::shared_ptr<ForwardedCall>> calls;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, call] : calls_) calls.push_back(call);
  }
  for (const auto& call : calls) {
    if (which(*call)) call->EndWith(Stopping());
  }
}

}  // namespace headway::gateway
