#include "ingester/manifests/folder_images.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingester/manifests/image_text.h"
#include "ingester/manifests/kustomization.h"
#include "ingester/manifests/values.h"
#include "ingester/manifests/workloads.h"
#include "services/base/yaml_document.h"

namespace headway {
namespace {

// Manifests are small; what is larger is no manifest that a person wrote.
constexpr YamlLimits kLimits = {1 << 20, 64, 50'000};

bool IsYaml(absl::string_view file) { return absl::EndsWith(file, ".yaml") || absl::EndsWith(file, ".yml"); }

bool IsKustomization(absl::string_view file) {
  return file == "kustomization.yaml" || file == "kustomization.yml" || file == "Kustomization";
}

bool IsValues(absl::string_view file) {
  return IsYaml(file) && (absl::StartsWith(file, "values") || absl::EndsWith(file, "values.yaml") ||
                          absl::EndsWith(file, "values.yml"));
}

class Reading {
 public:
  explicit Reading(absl::Span<const TreeFile> files) : files_(files) {}

  FolderImages Read() && {
    const TreeFile* kustomization = Find(IsKustomization);
    if (kustomization != nullptr) {
      ReadKustomization(*kustomization);
    } else if (Find([](absl::string_view file) { return file == "Chart.yaml" || IsValues(file); }) != nullptr) {
      ReadValues();
    } else {
      for (const TreeFile& file : files_) AddWorkloads(file);
    }
    if (!problem_.empty()) return {{}, problem_};
    std::erase_if(images_, [](const std::string& image) { return !IsImageText(image); });
    std::sort(images_.begin(), images_.end());
    images_.erase(std::unique(images_.begin(), images_.end()), images_.end());
    if (images_.size() > kImagesOfFolder) return {{}, absl::StrCat("names more than ", kImagesOfFolder, " images")};
    return {std::move(images_), ""};
  }

 private:
  template <typename Fits>
  const TreeFile* Find(Fits fits) const {
    const auto found =
        std::find_if(files_.begin(), files_.end(), [&](const TreeFile& file) { return fits(file.name); });
    return found == files_.end() ? nullptr : &*found;
  }

  std::vector<YamlNode> Parse(const TreeFile& file) {
    std::vector<YamlNode> documents;
    const std::optional<YamlFault> fault = ParseYaml(file.content, kLimits, &documents);
    if (fault.has_value() && problem_.empty())
      problem_ = absl::StrCat(file.name, ":", fault->line, ": ", fault->reason);
    return documents;
  }

  void AddWorkloads(const TreeFile& file) {
    for (const YamlNode& document : Parse(file)) AddWorkloadImages(document, &images_);
  }

  void ReadKustomization(const TreeFile& file) {
    const std::vector<YamlNode> documents = Parse(file);
    std::set<std::string> listed;
    for (const YamlNode& document : documents) listed.merge(ListedFiles(document));
    for (const TreeFile& beside : files_) {
      if (listed.contains(beside.name)) AddWorkloads(beside);
    }
    for (const YamlNode& document : documents) ChangeImages(document, &images_);
  }

  void ReadValues() {
    const TreeFile* first = Find([](absl::string_view file) { return file == "values.yaml" || file == "values.yml"; });
    YamlNode base;
    if (first != nullptr) base = FirstOf(*first);
    bool others = false;
    for (const TreeFile& file : files_) {
      if (!IsValues(file.name) || &file == first) continue;
      others = true;
      AddValuesImages(MergeValues(base, FirstOf(file)), &images_);
    }
    if (!others) AddValuesImages(base, &images_);
  }

  YamlNode FirstOf(const TreeFile& file) {
    std::vector<YamlNode> documents = Parse(file);
    return documents.empty() ? YamlNode() : std::move(documents[0]);
  }

  const absl::Span<const TreeFile> files_;
  std::vector<std::string> images_;
  std::string problem_;
};

}  // namespace

bool MayBeManifest(absl::string_view file) {
  return IsYaml(file) || absl::EndsWith(file, ".json") || IsKustomization(file);
}

FolderImages ReadFolderImages(absl::Span<const TreeFile> files) { return Reading(files).Read(); }

}  // namespace headway
