// Lists of names, each whole ("authorization") or a beginning with a star ("headway-*", "headway.v1.*"). Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_NAME_PATTERNS_H_
#define HEADWAY_SERVICES_GATEWAY_NAME_PATTERNS_H_

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace headway::gateway {

inline bool MatchesName(absl::string_view pattern, absl::string_view name) {
  return absl::ConsumeSuffix(&pattern, "*") ? absl::StartsWith(name, pattern) && name.size() > pattern.size()
                                            : name == pattern;
}

inline bool MatchesAnyName(const std::vector<std::string>& patterns, absl::string_view name) {
  for (const std::string& pattern : patterns) {
    if (MatchesName(pattern, name)) return true;
  }
  return false;
}

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_NAME_PATTERNS_H_
