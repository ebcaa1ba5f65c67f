// Queries of paths, with their values escaped.
#ifndef HEADWAY_INGESTER_KUBERNETES_URL_QUERY_H_
#define HEADWAY_INGESTER_KUBERNETES_URL_QUERY_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace headway::kubernetes {

inline std::string EscapedValue(absl::string_view value) {
  std::string out;
  for (const char c : value) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      absl::StrAppend(&out, "%", absl::BytesToHexString(absl::string_view(&c, 1)));
    }
  }
  return out;
}

// "path?key=value&..."; keys whose value is empty are left out.
inline std::string WithQuery(absl::string_view path,
                             std::initializer_list<std::pair<absl::string_view, absl::string_view>> query) {
  std::string out(path);
  char separator = '?';
  for (const auto& [key, value] : query) {
    if (value.empty()) continue;
    absl::StrAppend(&out, absl::string_view(&separator, 1), key, "=", EscapedValue(value));
    separator = '&';
  }
  return out;
}

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_URL_QUERY_H_
