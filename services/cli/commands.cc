#include "services/cli/commands.h"

namespace headway {

void RegisterCommands(Command root) {
  root.Examples({
      "headway health --wait 30s",
  });
  RegisterHealth(root);
}

}  // namespace headway
