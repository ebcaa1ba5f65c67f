#include "ingester/manifests/workloads.h"

#include <iterator>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace headway {
namespace {

// Where the specification of a workload's Pods stands. "Service" is Knative's; Kubernetes' own has nothing there.
struct PodPlace {
  absl::string_view kind;
  absl::string_view path;
};
constexpr PodPlace kPlaces[] = {
    {"Pod", "spec"},
    {"Deployment", "spec.template.spec"},
    {"StatefulSet", "spec.template.spec"},
    {"DaemonSet", "spec.template.spec"},
    {"ReplicaSet", "spec.template.spec"},
    {"ReplicationController", "spec.template.spec"},
    {"Job", "spec.template.spec"},
    {"Rollout", "spec.template.spec"},
    {"Service", "spec.template.spec"},
    {"CronJob", "spec.jobTemplate.spec.template.spec"},
};

const YamlNode* At(const YamlNode& object, absl::string_view path) {
  const YamlNode* node = &object;
  for (absl::string_view key : absl::StrSplit(path, '.')) {
    node = node->Find(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

void AddContainers(const YamlNode& pod, std::vector<std::string>* images) {
  for (const char* list : {"containers", "initContainers"}) {
    const YamlNode* containers = pod.Find(list);
    if (containers == nullptr) continue;
    for (const YamlNode& container : containers->items) {
      const YamlNode* image = container.Find("image");
      if (image != nullptr && image->is_scalar()) images->push_back(image->scalar);
    }
  }
}

}  // namespace

void AddWorkloadImages(const YamlNode& object, std::vector<std::string>* images) {
  const YamlNode* kind = object.Find("kind");
  if (kind == nullptr || !kind->is_scalar() || object.Find("apiVersion") == nullptr) return;
  if (kind->scalar == "List") {
    const YamlNode* items = object.Find("items");
    if (items == nullptr) return;
    for (const YamlNode& item : items->items) AddWorkloadImages(item, images);
    return;
  }
  for (const PodPlace& place : kPlaces) {
    if (place.kind != kind->scalar) continue;
    if (const YamlNode* pod = At(object, place.path); pod != nullptr) AddContainers(*pod, images);
  }
}

}  // namespace headway
