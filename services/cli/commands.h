// The list of all commands. A new one is a file with a function `void RegisterX(Command root)`, declared here and called in
// commands.cc.
#ifndef HEADWAY_SERVICES_CLI_COMMANDS_H_
#define HEADWAY_SERVICES_CLI_COMMANDS_H_

#include "services/cli/command.h"

namespace headway {

void RegisterCoverage(Command root);
void RegisterDoctor(Command root);
void RegisterHealth(Command root);
void RegisterImport(Command root);
void RegisterImportGit(Command import);
void RegisterImportManifests(Command import);
void RegisterImportNdjson(Command import);
void RegisterArtefact(Command root);
void RegisterMetrics(Command root);
void RegisterExplain(Command root);
void RegisterSeries(Command root);
void RegisterWatch(Command root);
void RegisterSimulate(Command root);

// Calls all of the above.
void RegisterCommands(Command root);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_COMMANDS_H_
