// What may be kept of the people who wrote commits: a keyed hash, and whether it is a program.
#ifndef HEADWAY_INGESTER_GIT_PEOPLE_H_
#define HEADWAY_INGESTER_GIT_PEOPLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace headway {

// Whether a commit's author is a program (Dependabot, Renovate, a CI user), by its name and address.
bool IsBot(absl::string_view name, absl::string_view email);

// HMAC-SHA256 of the address under the installation's key, 32 hexadecimal digits. Without the key nobody can find the address by
// trying; with the same key the same address gives the same hash, so that people can be counted. Letter case, and the number that
// GitHub puts before its no-reply addresses, make no difference.
std::string AuthorHash(absl::string_view key, absl::string_view email);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_PEOPLE_H_
