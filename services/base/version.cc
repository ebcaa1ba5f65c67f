#include "services/base/version.h"

namespace headway {

absl::string_view ProgramVersion() { return HEADWAY_VERSION; }

}  // namespace headway
