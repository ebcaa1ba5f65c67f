#include "aggregator/projection/image_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace headway {

std::string NormaliseImageRepository(absl::string_view repository) {
  if (absl::ConsumePrefix(&repository, "docker.io/") || absl::ConsumePrefix(&repository, "index.docker.io/")) {
    absl::ConsumePrefix(&repository, "library/");
  }
  return std::string(repository);
}

ImageName ParseImageName(absl::string_view text) {
  ImageName name;
  const size_t at = text.find('@');
  if (at != absl::string_view::npos) {
    name.digest = std::string(text.substr(at + 1));
    text = text.substr(0, at);
  }
  // A colon before the last slash is the registry's port.
  const size_t slash = text.rfind('/');
  const size_t colon = text.rfind(':');
  if (colon != absl::string_view::npos && (slash == absl::string_view::npos || colon > slash)) {
    name.tag = std::string(text.substr(colon + 1));
    text = text.substr(0, colon);
  }
  if (name.tag.empty() && name.digest.empty()) name.tag = "latest";
  name.repository = NormaliseImageRepository(text);
  return name;
}

absl::string_view LastSegment(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

bool EndsWithSegments(absl::string_view path, absl::string_view suffix) {
  if (suffix.empty() || !absl::EndsWith(path, suffix)) return false;
  return path.size() == suffix.size() || path[path.size() - suffix.size() - 1] == '/';
}

std::vector<std::string> LookupNames(const ImageName& image) {
  std::vector<std::string> names;
  if (!image.digest.empty()) {
    names.push_back(absl::StrCat(image.repository, "@", image.digest));
    names.push_back(image.digest);
  }
  if (!image.tag.empty()) names.push_back(absl::StrCat(image.repository, ":", image.tag));
  return names;
}

}  // namespace headway
