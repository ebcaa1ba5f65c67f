#include "services/cli/commands.h"

namespace headway {

void RegisterImport(Command root) {
  Command import = root.Add("import", "Bring in what happened elsewhere");
  RegisterImportGit(import);
  RegisterImportNdjson(import);
}

void RegisterCommands(Command root) {
  root.Examples({
      "headway health --wait 30s",
      "headway import git ~/src/payments --entity component:default/payments",
      "headway import ndjson observations.ndjson.gz",
  });
  RegisterHealth(root);
  RegisterImport(root);
}

}  // namespace headway
