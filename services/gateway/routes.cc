#include "services/gateway/routes.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/name_patterns.h"

namespace headway::gateway {
namespace {

constexpr size_t kMaxTarget = 256;

bool IsIdentifier(absl::string_view text) {
  if (text.empty() || absl::ascii_isdigit(static_cast<unsigned char>(text[0]))) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

bool IsServiceName(absl::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!IsIdentifier(text.substr(0, dot))) return false;
    if (dot == absl::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

absl::StatusOr<Route> ParseRoute(absl::string_view text) {
  const size_t equals = text.find('=');
  Route route{"headway.v1.*", std::string(text)};
  if (equals != absl::string_view::npos) {
    route = {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  }
  absl::string_view name = route.services;
  absl::ConsumeSuffix(&name, ".*");
  if (!IsServiceName(name) || route.address.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is neither ADDRESS nor SERVICES=ADDRESS, as in headway.v1.*=127.0.0.1:7400"));
  }
  return route;
}

absl::string_view ServiceOf(absl::string_view target) {
  if (target.size() > kMaxTarget || !absl::ConsumePrefix(&target, "/")) return "";
  const size_t slash = target.find('/');
  if (slash == absl::string_view::npos || !IsIdentifier(target.substr(slash + 1))) return "";
  const absl::string_view service = target.substr(0, slash);
  return IsServiceName(service) ? service : "";
}

std::optional<size_t> FindRoute(const std::vector<Route>& routes, absl::string_view service) {
  std::optional<size_t> best;
  for (size_t i = 0; i < routes.size(); ++i) {
    if (!MatchesName(routes[i].services, service)) continue;
    if (!best || routes[i].services.size() > routes[*best].services.size()) best = i;
  }
  return best;
}

}  // namespace headway::gateway
