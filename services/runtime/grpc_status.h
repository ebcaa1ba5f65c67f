// Statuses at the border to gRPC: the codes are the same, so only the types change.
#ifndef HEADWAY_SERVICES_RUNTIME_GRPC_STATUS_H_
#define HEADWAY_SERVICES_RUNTIME_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace headway {

inline grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

inline absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace headway

#endif  // HEADWAY_SERVICES_RUNTIME_GRPC_STATUS_H_
