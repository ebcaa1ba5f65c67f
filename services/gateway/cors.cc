#include "services/gateway/cors.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/gateway/metadata_filter.h"
#include "services/gateway/name_patterns.h"

namespace headway::gateway {
namespace {

// Set by the clients themselves.
constexpr absl::string_view kOfGrpcWeb[] = {"content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"};
constexpr char kPreflightSeconds[] = "7200";

bool PageMaySet(const CorsRules& rules, absl::string_view name) {
  if (std::find(std::begin(kOfGrpcWeb), std::end(kOfGrpcWeb), name) != std::end(kOfGrpcWeb)) return true;
  return MatchesAnyName(rules.request_headers, name) && MayCross(name);
}

absl::string_view AuthorityOf(absl::string_view origin) {
  const size_t at = origin.find("://");
  return at == absl::string_view::npos ? "" : origin.substr(at + 3);
}

}  // namespace

OriginCheck CheckOrigin(const CorsRules& rules, const Headers& request) {
  const absl::string_view origin = Find(request, "origin");
  if (origin.empty()) return OriginCheck::kNone;
  for (const std::string& allowed : rules.origins) {
    if (allowed == "*" || absl::EqualsIgnoreCase(allowed, origin)) return OriginCheck::kAllowed;
  }
  return absl::EqualsIgnoreCase(AuthorityOf(origin), Find(request, "host")) ? OriginCheck::kRefused
                                                                            : OriginCheck::kNone;
}

bool IsPreflight(absl::string_view method, const Headers& request) {
  return method == "OPTIONS" && !Find(request, "origin").empty() &&
         !Find(request, "access-control-request-method").empty();
}

Headers PreflightHeaders(const CorsRules& rules, const Headers& request) {
  std::vector<std::string> names;
  for (const absl::string_view asked : absl::StrSplit(Find(request, "access-control-request-headers"), ',')) {
    std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(asked));
    if (PageMaySet(rules, name)) names.push_back(std::move(name));
  }
  return {{"access-control-allow-origin", std::string(Find(request, "origin"))},
          {"access-control-allow-methods", "POST"},
          {"access-control-allow-headers", absl::StrJoin(names, ", ")},
          {"access-control-max-age", kPreflightSeconds},
          {"vary", "origin, access-control-request-method, access-control-request-headers"}};
}

void AddCorsHeaders(absl::string_view origin, Headers* answer) {
  std::vector<absl::string_view> names = {"grpc-status", "grpc-message", "grpc-status-details-bin"};
  for (const auto& [name, value] : *answer) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string exposed = absl::StrJoin(names, ", ");
  answer->emplace_back("access-control-allow-origin", origin);
  answer->emplace_back("access-control-expose-headers", std::move(exposed));
  answer->emplace_back("vary", "origin");
}

}  // namespace headway::gateway
