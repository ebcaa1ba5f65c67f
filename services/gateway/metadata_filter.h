// Which headers become metadata of the call, and which metadata becomes headers: allow-lists in both directions, and what no list can allow. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_METADATA_FILTER_H_
#define HEADWAY_SERVICES_GATEWAY_METADATA_FILTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/headers.h"

namespace headway::gateway {

// Names in lower case, whole or with a star at the end.
struct MetadataRules {
  std::vector<std::string> request = {"authorization", "traceparent", "tracestate", "x-request-id", "headway-*"};
  std::vector<std::string> response = {"x-request-id", "headway-*"};
};

// Whether a name may cross at all: not what belongs to one connection (connection, te, ...), to HTTP (content-type, cookie, host, ...), to browsers (origin,
// access-control-..., sec-...) or to gRPC itself (grpc-...).
bool MayCross(absl::string_view name);

// Metadata for the backend; values of "-bin" names are decoded. INVALID_ARGUMENT names the header whose value cannot be.
absl::StatusOr<Headers> ToMetadata(const MetadataRules& rules, const Headers& request);

// Adds one item of the backend's metadata to headers or trailers, if it may pass; values of "-bin" names are encoded.
void AddFromMetadata(const MetadataRules& rules, absl::string_view name, absl::string_view value, Headers* out);

// Base64 without padding, as gRPC sends "-bin" values.
std::string EncodeBinaryValue(absl::string_view value);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_METADATA_FILTER_H_
