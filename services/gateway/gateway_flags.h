// The gateway's part of a command line.
#ifndef HEADWAY_SERVICES_GATEWAY_GATEWAY_FLAGS_H_
#define HEADWAY_SERVICES_GATEWAY_GATEWAY_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/gateway/gateway_service.h"
#include "services/runtime/flags.h"

namespace headway {

class GatewayFlags : public FlagGroup {
 public:
  // `listen`: the default; empty: no gateway.
  explicit GatewayFlags(std::string listen) : listen_(std::move(listen)) {}

  void AddTo(CLI::App& app) override;

  bool is_wanted() const { return !listen_.empty(); }
  // `backend`: where calls go when the command line names no backend. INVALID_ARGUMENT: a backend that cannot be read.
  absl::StatusOr<GatewayOptions> Options(const std::string& backend) const;

 private:
  std::string listen_;
  std::vector<std::string> backends_;
  std::vector<std::string> origins_;
  std::vector<std::string> request_metadata_;
  std::vector<std::string> response_metadata_;
  gateway::GatewayRules rules_;
  gateway::HttpLimits http_;
  // Seconds, as people write them.
  double max_deadline_s_ = absl::ToDoubleSeconds(rules_.max_deadline);
  double header_s_ = absl::ToDoubleSeconds(http_.header_within);
  double body_s_ = absl::ToDoubleSeconds(http_.body_within);
  double idle_s_ = absl::ToDoubleSeconds(http_.idle);
  double stalled_s_ = absl::ToDoubleSeconds(http_.write_stalled);
  double drain_s_ = absl::ToDoubleSeconds(GatewayOptions().drain_within);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_GATEWAY_GATEWAY_FLAGS_H_
