#include "services/gateway/gateway_service.h"

#include <utility>

#include "absl/time/clock.h"
#include "services/base/log.h"
#include "services/gateway/backends.h"

namespace headway {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(20);
// For the trailers of calls that were ended to reach their clients.
constexpr absl::Duration kFarewell = absl::Seconds(1);

class GatewayService : public Service {
 public:
  GatewayService(GatewayOptions options, Instruments& instruments, std::function<void(int)> bound)
      : options_(std::move(options)),
        bound_(std::move(bound)),
        instruments_(instruments),
        backends_(options_.rules.routes, options_.rules.max_message_bytes),
        gateway_(
            options_.rules, backends_.stubs(), &authenticator_, [this] { return backends_.Ready(); }, &instruments_),
        server_(options_.http, &gateway_) {}

  ~GatewayService() override { Stop(); }

  std::string name() const override { return "gateway"; }
  std::vector<GrpcService> grpc_services() override { return {}; }

  absl::Status Start() override {
    if (absl::Status status = server_.Start(options_.listen); !status.ok()) return status;
    started_ = true;
    LogInfo("gateway listening", {{"address", options_.listen}, {"port", server_.port()}});
    if (bound_) bound_(server_.port());
    return absl::OkStatus();
  }

  absl::Status Ready() override { return backends_.Ready(); }

  void Drain() override {
    gateway_.Drain();
    server_.Drain();
  }

  void Stop() override {
    if (!std::exchange(started_, false)) return;
    const absl::Time until = absl::Now() + options_.drain_within;
    while (gateway_.in_flight() > 0 && absl::Now() < until) {
      Drain();  // streams that have begun to answer meanwhile
      absl::SleepFor(kLook);
    }
    gateway_.EndAll();
    server_.Stop(kFarewell);
    // Now all are cancelled, so this does not take long; what they use must outlive them.
    while (gateway_.in_flight() > 0) absl::SleepFor(kLook);
  }

 private:
  const GatewayOptions options_;
  const std::function<void(int)> bound_;
  gateway::GatewayInstruments instruments_;
  gateway::AdmitsEveryone authenticator_;
  gateway::Backends backends_;
  gateway::Gateway gateway_;
  gateway::HttpServer server_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Service> MakeGatewayService(GatewayOptions options, Instruments& instruments,
                                            std::function<void(int)> bound) {
  return std::make_unique<GatewayService>(std::move(options), instruments, std::move(bound));
}

}  // namespace headway
