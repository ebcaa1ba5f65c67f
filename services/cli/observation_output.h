// Where a command's own observations go: to the server, or to a file as JSON lines.
#ifndef HEADWAY_SERVICES_CLI_OBSERVATION_OUTPUT_H_
#define HEADWAY_SERVICES_CLI_OBSERVATION_OUTPUT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"
#include "ingester/delivery/delivery.h"
#include "services/cli/command.h"

namespace headway {

// Not thread-safe, but counts() may be read from any thread.
class ObservationOutput {
 public:
  virtual ~ObservationOutput() = default;
  virtual absl::Status Add(v1::Observation observation) = 0;
  // Nothing more comes; blocks until all of it is safe.
  virtual absl::Status Finish() = 0;
  virtual const DeliveryCounts& counts() const = 0;
};

// To a file, "-" is context.out. FAILED_PRECONDITION: it cannot be written.
absl::StatusOr<std::unique_ptr<ObservationOutput>> WriteObservations(const CliContext& context,
                                                                     const std::string& path);

// To the server of the context, which must outlive it. UNAVAILABLE: nobody answers there. `on_rejected` as in DeliveryOptions.
absl::StatusOr<std::unique_ptr<ObservationOutput>> SendObservations(
    const CliContext& context, absl::Duration retry_for, std::function<void(const RejectedRecord&)> on_rejected);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_OBSERVATION_OUTPUT_H_
