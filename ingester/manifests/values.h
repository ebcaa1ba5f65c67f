// What the values of a Helm chart say of images. Pure.
#ifndef HEADWAY_INGESTER_MANIFESTS_VALUES_H_
#define HEADWAY_INGESTER_MANIFESTS_VALUES_H_

#include <string>
#include <vector>

#include "services/base/yaml_document.h"

namespace headway {

// As Helm lays values over others: maps key by key, anything else in place of what was there; null takes it away.
YamlNode MergeValues(const YamlNode& base, const YamlNode& over);

// Adds each `image` at any depth: a map of repository (and registry) with tag or digest, or a text with a tag or digest, or a text beside `tag` or
// `imageTag`. One without a version is left out: the chart decides it.
void AddValuesImages(const YamlNode& values, std::vector<std::string>* images);

}  // namespace headway

#endif  // HEADWAY_INGESTER_MANIFESTS_VALUES_H_
