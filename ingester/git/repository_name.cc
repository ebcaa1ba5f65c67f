#include "ingester/git/repository_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace headway {

std::string RepositoryNameFromUrl(absl::string_view url) {
  absl::string_view rest = url;
  if (const size_t scheme = rest.find("://"); scheme != absl::string_view::npos) {
    if (absl::StartsWith(rest, "file")) return "";
    rest.remove_prefix(scheme + 3);
  } else if (rest.find(':') == absl::string_view::npos) {
    return "";  // a local path
  }
  // A password may hold "@" and "?" may bring a token: neither may get into a name.
  if (const size_t user = rest.substr(0, rest.find('/')).rfind('@'); user != absl::string_view::npos) {
    rest.remove_prefix(user + 1);
  }
  rest = rest.substr(0, rest.find_first_of("?#"));
  if (rest.find('@') != absl::string_view::npos) return "";  // a password with "/", which has no place in an address
  // "host:owner/name" and "host:22/owner/name".
  const size_t end = rest.find_first_of(":/");
  if (end == absl::string_view::npos) return "";
  std::string host = absl::AsciiStrToLower(rest.substr(0, end));
  absl::string_view path = rest.substr(end + 1);
  if (rest[end] == ':') {
    const size_t digits = std::min(path.find_first_not_of("0123456789"), path.size());
    if (digits > 0 && digits < path.size() && path[digits] == '/') path.remove_prefix(digits);
  }
  while (absl::ConsumePrefix(&path, "/")) {
  }
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  absl::ConsumeSuffix(&path, ".git");
  return host.empty() || path.empty() ? "" : absl::StrCat(host, "/", path);
}

}  // namespace headway
