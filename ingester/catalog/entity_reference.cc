#include "ingester/catalog/entity_reference.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace headway::catalog {
namespace {

constexpr size_t kMaxBytes = 512;

bool IsPart(absl::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(),
                                      [](unsigned char c) { return c > ' ' && c != 0x7f && c != ':' && c != '/'; });
}

}  // namespace

std::optional<std::string> ParseReference(absl::string_view text, absl::string_view default_kind,
                                          absl::string_view default_namespace) {
  absl::string_view kind = default_kind, name_space = default_namespace, name = absl::StripAsciiWhitespace(text);
  if (const size_t colon = name.find(':'); colon != absl::string_view::npos) {
    kind = name.substr(0, colon);
    name = name.substr(colon + 1);
  }
  if (const size_t slash = name.find('/'); slash != absl::string_view::npos) {
    name_space = name.substr(0, slash);
    name = name.substr(slash + 1);
  }
  if (!IsPart(kind) || !IsPart(name_space) || !IsPart(name)) return std::nullopt;
  std::string ref = absl::AsciiStrToLower(absl::StrCat(kind, ":", name_space, "/", name));
  if (ref.size() > kMaxBytes) return std::nullopt;
  return ref;
}

}  // namespace headway::catalog
