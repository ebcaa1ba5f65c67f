// Which pages of other origins may call: the answers that browsers ask for. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_CORS_H_
#define HEADWAY_SERVICES_GATEWAY_CORS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/gateway/headers.h"

namespace headway::gateway {

struct CorsRules {
  std::vector<std::string> origins;  // "https://portal.example.org"; "*": every one
  std::vector<std::string>
      request_headers;  // that a page may set, whole or with a star at the end; besides those of gRPC-web
};

enum class OriginCheck {
  kNone,     // no page of another origin asks, or it comes through a proxy: nothing to add, the request goes on
  kAllowed,  // answers carry the headers of AddCorsHeaders
  kRefused,  // a page of this very address, which serves no pages: somebody's name was pointed here
};

OriginCheck CheckOrigin(const CorsRules& rules, const Headers& request);

// Whether it is the question that a browser asks before the call.
bool IsPreflight(absl::string_view method, const Headers& request);

// The headers of the answer to a preflight; only those names are allowed that were asked for and that the rules know.
Headers PreflightHeaders(const CorsRules& rules, const Headers& request);

// Adds to an answer's headers what lets the page read it, each of the headers that are there included.
void AddCorsHeaders(absl::string_view origin, Headers* answer);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_CORS_H_
