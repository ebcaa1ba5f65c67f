#include "services/gateway/answers.h"

#include "absl/strings/str_cat.h"
#include "services/gateway/cors.h"
#include "services/gateway/metadata_filter.h"
#include "services/gateway/percent_encoding.h"

namespace headway::gateway {

Headers StatusTrailers(int code, absl::string_view message, absl::string_view details) {
  Headers trailers = {{"grpc-status", absl::StrCat(code)}};
  if (!message.empty()) trailers.emplace_back("grpc-message", PercentEncode(message));
  if (!details.empty()) trailers.emplace_back("grpc-status-details-bin", EncodeBinaryValue(details));
  return trailers;
}

ResponseHead HeadOf(const WireFormat& format, Headers metadata, absl::string_view origin) {
  ResponseHead head{200, std::move(metadata)};
  if (!origin.empty()) AddCorsHeaders(origin, &head.headers);
  head.headers.emplace_back("content-type", format.content_type());
  return head;
}

Answer TrailersOnly(const WireFormat& format, Headers trailers, absl::string_view origin) {
  return {HeadOf(format, std::move(trailers), origin), ""};
}

Answer TrailersOnly(const WireFormat& format, const absl::Status& status, absl::string_view origin) {
  return TrailersOnly(format, StatusTrailers(static_cast<int>(status.code()), status.message(), ""), origin);
}

Answer HttpError(int http_status, absl::StatusCode code, absl::string_view text, absl::string_view origin) {
  Headers headers = StatusTrailers(static_cast<int>(code), text, "");
  if (http_status == 405) headers.emplace_back("allow", "POST, OPTIONS");
  if (http_status == 503) headers.emplace_back("retry-after", "1");
  if (!origin.empty()) AddCorsHeaders(origin, &headers);
  headers.emplace_back("content-type", "text/plain; charset=utf-8");
  return {{http_status, std::move(headers)}, absl::StrCat(text, "\n")};
}

absl::string_view ReasonOf(int http_status) {
  static constexpr std::pair<int, absl::string_view> kReasons[] = {{200, "OK"},
                                                                   {204, "No Content"},
                                                                   {400, "Bad Request"},
                                                                   {403, "Forbidden"},
                                                                   {404, "Not Found"},
                                                                   {405, "Method Not Allowed"},
                                                                   {408, "Request Timeout"},
                                                                   {413, "Content Too Large"},
                                                                   {415, "Unsupported Media Type"},
                                                                   {417, "Expectation Failed"},
                                                                   {431, "Request Header Fields Too Large"},
                                                                   {503, "Service Unavailable"}};
  for (const auto& [code, reason] : kReasons) {
    if (code == http_status) return reason;
  }
  return "";
}

}  // namespace headway::gateway
