// How a gRPC outcome reads in HTTP: headers and trailers of gRPC-web, and answers that carry nothing else. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_ANSWERS_H_
#define HEADWAY_SERVICES_GATEWAY_ANSWERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/gateway/http_server.h"
#include "services/gateway/wire_format.h"

namespace headway::gateway {

// grpc-status, grpc-message, and, where there are any, grpc-status-details-bin.
Headers StatusTrailers(int code, absl::string_view message, absl::string_view details);

// The head of an answer in that format, status 200. `origin`: of the page that may read it; empty: none.
ResponseHead HeadOf(const WireFormat& format, Headers metadata, absl::string_view origin);

// A refusal by gRPC's rules: status 200, the outcome in the headers, no body.
Answer TrailersOnly(const WireFormat& format, Headers trailers, absl::string_view origin);
Answer TrailersOnly(const WireFormat& format, const absl::Status& status, absl::string_view origin);

// A refusal by HTTP's rules, with the code and the text for people and, in headers, for gRPC-web clients.
Answer HttpError(int http_status, absl::StatusCode code, absl::string_view text, absl::string_view origin);

// "Not Found" for 404: of the codes that the gateway answers with.
absl::string_view ReasonOf(int http_status);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_ANSWERS_H_
