#include "ingester/manifests/image_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr size_t kLongest = 512;

}  // namespace

ImageParts SplitImage(absl::string_view image) {
  size_t end = std::min(image.find('@'), image.size());
  // A colon before the last slash is the registry's port.
  const size_t slash = image.substr(0, end).rfind('/');
  const size_t colon = image.substr(0, end).rfind(':');
  if (colon != absl::string_view::npos && (slash == absl::string_view::npos || colon > slash)) end = colon;
  return {image.substr(0, end), image.substr(end)};
}

std::string ImageVersion(absl::string_view tag, absl::string_view digest) {
  if (digest.empty() && absl::StartsWith(tag, "sha256:")) return absl::StrCat("@", tag);
  return absl::StrCat(tag.empty() ? "" : ":", tag, digest.empty() ? "" : "@", digest);
}

bool IsImageText(absl::string_view text) {
  const auto fits = [](unsigned char c) { return absl::ascii_isalnum(c) || absl::StrContains("._-/:@+", c); };
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), fits) &&
         absl::ascii_isalnum(static_cast<unsigned char>(text[0]));
}

}  // namespace headway
