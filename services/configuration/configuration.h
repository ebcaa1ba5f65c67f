// What a person configures: the catalog, the rules that say what belongs where, the policies that answers use, the Argo CD instances to watch. One file
// (deploy/headway.example.yaml is one with comments), read by every service that needs a part of it.
#ifndef HEADWAY_SERVICES_CONFIGURATION_CONFIGURATION_H_
#define HEADWAY_SERVICES_CONFIGURATION_CONFIGURATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"
#include "headway/v1/policy.pb.h"

namespace headway {

// Where the catalog is. Exactly one of folder and url is set.
struct CatalogConfiguration {
  std::string name;  // Observation.source is "catalog:<name>"; default "backstage" or "folder"

  std::string folder;  // with catalog-info.yaml files; absolute, or from the working folder

  std::string url;         // of a Backstage backend, without "/api/catalog"
  std::string token_file;  // holds a static external-access token; empty: none is sent
  std::string ca_file;     // authorities that are trusted in place of the system's; empty: the system's
  int page_size = 500;     // entities asked for at one time

  absl::Duration every;  // between two looks: 5 s of a folder, 30 s of a Backstage
};

// An Argo CD whose Applications are watched.
struct ArgoCdConfiguration {
  std::string name = "argocd";  // Observation.source is "argocd:<name>"; what the annotation argocd/instance-name says
  std::vector<std::string> namespaces;  // where the Applications are; empty: all
  std::string kubeconfig;               // empty: that of the pod
  std::string context;                  // of the kubeconfig; empty: its current one
};

// Values are checked; every rule is one that IngestService takes. `version` of the rules is not set.
struct Configuration {
  std::optional<CatalogConfiguration> catalog;
  std::vector<v1::MappingRule> mapping_rules;     // order: the place in the file
  std::vector<v1::EnvironmentRule> environments;  // order: the place in the file
  std::vector<v1::ImageTagRule> image_tags;       // order: the place in the file
  v1::Policies policies;                          // only what the file sets
  std::vector<ArgoCdConfiguration> argocd;
};

// Reads the text of a file. `file`: as a person named it; relative paths in it are from its folder. INVALID_ARGUMENT: all that is wrong, a line each, as
// "file:line: field: reason". Thread-safe.
absl::StatusOr<Configuration> ParseConfiguration(absl::string_view text, const std::string& file);

// The same of a file. NOT_FOUND: there is none, or it cannot be read; INVALID_ARGUMENT as above, also when it is larger than 1 MiB.
absl::StatusOr<Configuration> ReadConfiguration(const std::string& file);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CONFIGURATION_CONFIGURATION_H_
