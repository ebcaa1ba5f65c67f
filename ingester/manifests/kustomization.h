// What a kustomization says of images. Pure.
#ifndef HEADWAY_INGESTER_MANIFESTS_KUSTOMIZATION_H_
#define HEADWAY_INGESTER_MANIFESTS_KUSTOMIZATION_H_

#include <set>
#include <string>
#include <vector>

#include "services/base/yaml_document.h"

namespace headway {

// The files that it lists; of those that lie elsewhere (bases) nothing is known here.
std::set<std::string> ListedFiles(const YamlNode& kustomization);

// Changes images by its `images`: newName, newTag and digest over the name. An entry whose name none of them has is of a base: it is added where it says a
// tag or digest.
void ChangeImages(const YamlNode& kustomization, std::vector<std::string>* images);

}  // namespace headway

#endif  // HEADWAY_INGESTER_MANIFESTS_KUSTOMIZATION_H_
