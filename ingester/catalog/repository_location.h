// Which repository, and which part of it, an entity's annotations name.
#ifndef HEADWAY_INGESTER_CATALOG_REPOSITORY_LOCATION_H_
#define HEADWAY_INGESTER_CATALOG_REPOSITORY_LOCATION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "headway/v1/observation.pb.h"

namespace headway::catalog {

// A place in a repository.
struct RepositoryLocation {
  std::string repository;  // "host/owner/name": host in lower case, without user, port of the scheme, and ".git"
  std::string path;        // whole segments without slashes at the ends; empty: all of it
  bool operator==(const RepositoryLocation&) const = default;
};

// The value of backstage.io/source-location: "url:https://github.com/org/repo/tree/main/services/a/" and the same of GitLab ("/-/tree/"), Bitbucket
// ("/src/"), Gitea ("/src/branch/") and Azure DevOps ("?path="), or the address of a repository itself, also as ssh. A file stands for its folder. The branch is one
// segment. Nothing: it names no repository ("dir:", "file:", another scheme, a path that climbs). Nothing is fetched. Pure.
std::optional<RepositoryLocation> ParseSourceLocation(absl::string_view value);

// The repositories of an entity by its annotations, at most 100, sorted:
// - headway.dev/repositories: "host/owner/name" or "host/owner/name:path", separated by commas: these and no others;
// - else github.com/project-slug (gitlab.com/..., bitbucket.org/...): that repository, on the host and with the path of the source location where that is of the
//   same owner and name;
// - else backstage.io/source-location.
std::vector<v1::EntityRepository> RepositoriesOf(const std::map<std::string, std::string>& annotations);

}  // namespace headway::catalog

#endif  // HEADWAY_INGESTER_CATALOG_REPOSITORY_LOCATION_H_
