#include "ingester/manifests/values.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ingester/manifests/image_text.h"

namespace headway {
namespace {

std::string TextOf(const YamlNode& node, absl::string_view key) {
  const YamlNode* found = node.Find(key);
  return found != nullptr && found->is_scalar() ? found->scalar : std::string();
}

// The image of a map that has the key "image"; empty: not said.
std::string ImageOf(const YamlNode& holder, const YamlNode& image) {
  std::string name, version;
  if (image.is_scalar()) {
    const ImageParts parts = SplitImage(image.scalar);
    if (!parts.version.empty()) return image.scalar;
    name = image.scalar;
    const std::string tag = TextOf(holder, "imageTag");
    version = ImageVersion(tag.empty() ? TextOf(holder, "tag") : tag, "");
  } else {
    name = TextOf(image, "repository");
    const std::string registry = TextOf(image, "registry");
    if (!name.empty() && !registry.empty()) name = absl::StrCat(registry, "/", name);
    version = ImageVersion(TextOf(image, "tag"), TextOf(image, "digest"));
  }
  return name.empty() || version.empty() ? std::string() : absl::StrCat(name, version);
}

}  // namespace

YamlNode MergeValues(const YamlNode& base, const YamlNode& over) {
  if (!base.is_map() || !over.is_map()) return over.is_null() ? base : over;
  absl::flat_hash_map<absl::string_view, const YamlNode*> laid;
  for (const YamlField& field : over.fields) laid.emplace(field.key, &field.value);
  YamlNode merged = base;
  merged.fields.clear();
  for (const YamlField& field : base.fields) {
    const auto found = laid.find(field.key);
    if (found == laid.end()) {
      merged.fields.push_back(field);
    } else if (!found->second->is_null()) {
      merged.fields.push_back({field.key, MergeValues(field.value, *found->second)});
    }
    if (found != laid.end()) laid.erase(found);
  }
  for (const YamlField& field : over.fields) {
    if (laid.contains(field.key)) merged.fields.push_back(field);
  }
  return merged;
}

void AddValuesImages(const YamlNode& values, std::vector<std::string>* images) {
  for (const YamlField& field : values.fields) {
    if (field.key == "image") {
      std::string image = ImageOf(values, field.value);
      if (!image.empty()) images->push_back(std::move(image));
    }
    AddValuesImages(field.value, images);
  }
  for (const YamlNode& item : values.items) AddValuesImages(item, images);
}

}  // namespace headway
