// The encoding of grpc-message: what is not printable ASCII, and the per cent sign, as %XX. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_PERCENT_ENCODING_H_
#define HEADWAY_SERVICES_GATEWAY_PERCENT_ENCODING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace headway::gateway {

// Any bytes in; only printable ASCII out.
std::string PercentEncode(absl::string_view text);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_PERCENT_ENCODING_H_
