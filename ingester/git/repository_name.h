// The name by which a repository is known, whatever address it is reached by.
#ifndef HEADWAY_INGESTER_GIT_REPOSITORY_NAME_H_
#define HEADWAY_INGESTER_GIT_REPOSITORY_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace headway {

// "github.com/owner/name" from "https://github.com/owner/name.git", "git@github.com:owner/name", "ssh://..."; empty for a local path.
std::string RepositoryNameFromUrl(absl::string_view url);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_REPOSITORY_NAME_H_
