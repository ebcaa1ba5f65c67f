// What the name of a container image says. Pure.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_IMAGE_NAME_H_
#define HEADWAY_AGGREGATOR_PROJECTION_IMAGE_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway {

// An image reference in its parts: "registry.example.com:5000/acme/api:1.2@sha256:...".
struct ImageName {
  std::string repository;  // without tag and digest; without "docker.io/" and "library/", which go without saying
  std::string tag;         // "latest" where neither tag nor digest is said
  std::string digest;      // "sha256:..."; empty: not said
};
ImageName ParseImageName(absl::string_view text);

// The repository as images and artefacts are compared by it.
std::string NormaliseImageRepository(absl::string_view repository);

// What stands after the last slash.
absl::string_view LastSegment(absl::string_view path);

// True if `suffix` is all of the path or whole segments at its end.
bool EndsWithSegments(absl::string_view path, absl::string_view suffix);

// By what an artefact is looked up, the surest first: the repository with the digest, the digest alone (it is the same content wherever it lies), the
// repository with the tag.
std::vector<std::string> LookupNames(const ImageName& image);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_IMAGE_NAME_H_
