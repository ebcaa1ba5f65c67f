// Names in a repository are bytes; observations are text.
#ifndef HEADWAY_INGESTER_GIT_UTF8_TEXT_H_
#define HEADWAY_INGESTER_GIT_UTF8_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace headway {

// The same text when it is valid UTF-8; else with "?" for each byte that is not part of a character.
std::string Utf8Text(absl::string_view bytes);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_UTF8_TEXT_H_
