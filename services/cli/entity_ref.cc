#include "services/cli/entity_ref.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace headway {

absl::StatusOr<std::string> ParseEntityRef(absl::string_view text) {
  const size_t colon = text.find(':');
  const size_t slash = text.find('/', colon == absl::string_view::npos ? 0 : colon);
  const absl::string_view kind = text.substr(0, colon);
  const absl::string_view name = slash == absl::string_view::npos ? text.substr(colon + 1) : text.substr(slash + 1);
  const absl::string_view space =
      slash == absl::string_view::npos ? "default" : text.substr(colon + 1, slash - colon - 1);
  if (colon == absl::string_view::npos || kind.empty() || space.empty() || name.empty() ||
      name.find_first_of("/: \t") != absl::string_view::npos || kind.find('/') != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" names no entity; write kind:namespace/name, as in component:default/payments"));
  }
  return absl::AsciiStrToLower(absl::StrCat(kind, ":", space, "/", name));
}

}  // namespace headway
