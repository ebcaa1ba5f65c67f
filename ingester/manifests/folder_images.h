// Which images the manifests of a folder name. Pure, thread-safe; the files are anybody's, and nothing that they point at is fetched.
//
// A folder with a kustomization names the images of the files that it lists and that lie beside it, as its `images` change them, and those of `images` that
// are of elsewhere and have a tag or digest. A folder with a Chart.yaml or values files names what the values say: `image` with `repository` and `tag` or
// `digest`, or as a text, at any depth; where there are several values files, each of the others over values.yaml. Any other folder names the images of
// the containers in its workloads.
#ifndef HEADWAY_INGESTER_MANIFESTS_FOLDER_IMAGES_H_
#define HEADWAY_INGESTER_MANIFESTS_FOLDER_IMAGES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ingester/git/tree_files.h"

namespace headway {

struct FolderImages {
  std::vector<std::string> images;  // sorted, unique
  std::string problem;              // why they are not known; then there are none
  bool operator==(const FolderImages&) const = default;
};

// Of a folder more are not told.
inline constexpr size_t kImagesOfFolder = 200;

// Whether a file of this name may matter.
bool MayBeManifest(absl::string_view file);

FolderImages ReadFolderImages(absl::Span<const TreeFile> files);

}  // namespace headway

#endif  // HEADWAY_INGESTER_MANIFESTS_FOLDER_IMAGES_H_
