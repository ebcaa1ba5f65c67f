// The key under which this installation hashes the addresses of authors.
#ifndef HEADWAY_SERVICES_CLI_AUTHOR_KEY_H_
#define HEADWAY_SERVICES_CLI_AUTHOR_KEY_H_

#include <string>

#include "absl/status/statusor.h"

namespace headway {

// Where a user's data are: $HEADWAY_HOME; else, as root, /var/lib/headway; else $XDG_DATA_HOME/headway, or ~/.local/share/headway.
std::string DataFolder();

// Reads `folder`/author-hash.key, or makes it, readable by its owner alone. The key never leaves the folder: with another key the
// same person gets another hash. FAILED_PRECONDITION: it cannot be read or made.
absl::StatusOr<std::string> AuthorKey(const std::string& folder);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_AUTHOR_KEY_H_
