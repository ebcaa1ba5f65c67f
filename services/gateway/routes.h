// Which backend answers which service: the allow-list of what can be called at all. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_ROUTES_H_
#define HEADWAY_SERVICES_GATEWAY_ROUTES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace headway::gateway {

struct Route {
  std::string services;  // "headway.v1.MetricsService", or "headway.v1.*"
  std::string address;   // of the backend, as gRPC takes it: "127.0.0.1:7400"
};

// "ADDRESS" (for headway.v1.*) or "SERVICES=ADDRESS". INVALID_ARGUMENT: what is not in that form, with the text.
absl::StatusOr<Route> ParseRoute(absl::string_view text);

// The service in "/package.Service/Method"; empty where the target is anything else: a query, an escape, another character, too long.
absl::string_view ServiceOf(absl::string_view target);

// The index of the route with the longest pattern that fits.
std::optional<size_t> FindRoute(const std::vector<Route>& routes, absl::string_view service);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_ROUTES_H_
