// What a Kubernetes object says of images. Pure.
#ifndef HEADWAY_INGESTER_MANIFESTS_WORKLOADS_H_
#define HEADWAY_INGESTER_MANIFESTS_WORKLOADS_H_

#include <string>
#include <vector>

#include "services/base/yaml_document.h"

namespace headway {

// Adds the images of the containers (also of those that only initialise) of a workload, or of each in a List; of anything else nothing.
void AddWorkloadImages(const YamlNode& object, std::vector<std::string>* images);

}  // namespace headway

#endif  // HEADWAY_INGESTER_MANIFESTS_WORKLOADS_H_
