#include "aggregator/projection/entity_ref.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr size_t kMaxBytes = 512;

bool IsPart(absl::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(),
                                      [](unsigned char c) { return c > ' ' && c != 0x7f && c != ':' && c != '/'; });
}

}  // namespace

std::optional<std::string> NormaliseEntityRef(absl::string_view ref) {
  const size_t colon = ref.find(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  const absl::string_view kind = ref.substr(0, colon);
  absl::string_view name = ref.substr(colon + 1);
  absl::string_view name_space = "default";
  if (const size_t slash = name.find('/'); slash != absl::string_view::npos) {
    name_space = name.substr(0, slash);
    name = name.substr(slash + 1);
  }
  if (!IsPart(kind) || !IsPart(name_space) || !IsPart(name)) return std::nullopt;
  // What counts is the length with the namespace: else a ref could be accepted whose normal form is not.
  if (kind.size() + name_space.size() + name.size() + 2 > kMaxBytes) return std::nullopt;
  return absl::AsciiStrToLower(absl::StrCat(kind, ":", name_space, "/", name));
}

}  // namespace headway
