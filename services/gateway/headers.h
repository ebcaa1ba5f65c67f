// Names and values as they come in HTTP headers and gRPC metadata.
#ifndef HEADWAY_SERVICES_GATEWAY_HEADERS_H_
#define HEADWAY_SERVICES_GATEWAY_HEADERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway::gateway {

// In the order in which they came; names are in lower case and may repeat.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first of that name; empty where there is none.
inline absl::string_view Find(const Headers& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_HEADERS_H_
