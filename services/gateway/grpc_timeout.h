// The header grpc-timeout: at most eight digits and a unit, "250m" for 250 milliseconds. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_GRPC_TIMEOUT_H_
#define HEADWAY_SERVICES_GATEWAY_GRPC_TIMEOUT_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace headway::gateway {

// Nothing where it is not in that form. Zero is allowed: a call that is too late already.
std::optional<absl::Duration> ParseGrpcTimeout(absl::string_view text);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_GRPC_TIMEOUT_H_
