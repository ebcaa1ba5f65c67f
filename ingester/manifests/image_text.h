// References to images as manifests write them. Pure.
#ifndef HEADWAY_INGESTER_MANIFESTS_IMAGE_TEXT_H_
#define HEADWAY_INGESTER_MANIFESTS_IMAGE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace headway {

// A reference cut in two: "r/app:v1@sha256:..." is "r/app" and ":v1@sha256:...".
struct ImageParts {
  absl::string_view name;
  absl::string_view version;  // with its ":" or "@"; empty: neither tag nor digest is said
};
ImageParts SplitImage(absl::string_view image);

// The version of an image with this tag and digest, either of which may be empty; a digest that stands where the tag belongs is one.
std::string ImageVersion(absl::string_view tag, absl::string_view digest);

// False for what is none: a placeholder of a template, a text with spaces, one that is too long.
bool IsImageText(absl::string_view text);

}  // namespace headway

#endif  // HEADWAY_INGESTER_MANIFESTS_IMAGE_TEXT_H_
