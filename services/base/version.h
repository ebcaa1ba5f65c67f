// The version of the programs, as CMakeLists.txt says it.
#ifndef HEADWAY_SERVICES_BASE_VERSION_H_
#define HEADWAY_SERVICES_BASE_VERSION_H_

#include "absl/strings/string_view.h"

namespace headway {

// "0.1.0".
absl::string_view ProgramVersion();

}  // namespace headway

#endif  // HEADWAY_SERVICES_BASE_VERSION_H_
