#include "ingester/manifests/kustomization.h"

#include "absl/strings/str_cat.h"
#include "ingester/manifests/image_text.h"

namespace headway {
namespace {

std::string TextOf(const YamlNode& node, absl::string_view key) {
  const YamlNode* found = node.Find(key);
  return found != nullptr && found->is_scalar() ? found->scalar : std::string();
}

// What the entry makes of an image.
std::string Changed(const YamlNode& entry, absl::string_view image) {
  const ImageParts parts = SplitImage(image);
  const std::string name = TextOf(entry, "newName");
  const std::string version = ImageVersion(TextOf(entry, "newTag"), TextOf(entry, "digest"));
  return absl::StrCat(name.empty() ? parts.name : name, version.empty() ? parts.version : version);
}

}  // namespace

std::set<std::string> ListedFiles(const YamlNode& kustomization) {
  std::set<std::string> files;
  const YamlNode* resources = kustomization.Find("resources");
  if (resources == nullptr) return files;
  for (const YamlNode& resource : resources->items) {
    if (!resource.is_scalar()) continue;
    absl::string_view name = resource.scalar;
    if (name.substr(0, 2) == "./") name.remove_prefix(2);
    files.emplace(name);
  }
  return files;
}

void ChangeImages(const YamlNode& kustomization, std::vector<std::string>* images) {
  const YamlNode* entries = kustomization.Find("images");
  if (entries == nullptr) return;
  for (const YamlNode& entry : entries->items) {
    const std::string name = TextOf(entry, "name");
    if (name.empty()) continue;
    bool known = false;
    for (std::string& image : *images) {
      if (SplitImage(image).name != name) continue;
      known = true;
      image = Changed(entry, image);
    }
    if (known) continue;
    std::string image = Changed(entry, name);
    if (!SplitImage(image).version.empty()) images->push_back(std::move(image));
  }
}

}  // namespace headway
