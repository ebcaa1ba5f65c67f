#include "services/cli/commands.h"

namespace headway {

void RegisterImport(Command root) {
  Command import = root.Add("import", "Bring in what happened elsewhere");
  RegisterImportGit(import);
  RegisterImportManifests(import);
  RegisterImportNdjson(import);
}

void RegisterCommands(Command root) {
  root.Examples({
      "headway health --wait 30s",
      "headway doctor",
      "headway import git ~/src/payments --entity component:default/payments",
      "headway import ndjson observations.ndjson.gz",
      "headway simulate --seed 42 --days 90 --send",
      "headway metrics component:default/payments",
      "headway explain component:default/payments change_lead_time",
  });
  RegisterHealth(root);
  RegisterDoctor(root);
  RegisterCoverage(root);
  RegisterImport(root);
  RegisterArtefact(root);
  RegisterMetrics(root);
  RegisterExplain(root);
  RegisterSeries(root);
  RegisterWatch(root);
  RegisterSimulate(root);
}

}  // namespace headway
