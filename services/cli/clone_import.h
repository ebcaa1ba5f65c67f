// How a command that reads a clone sends what it finds, shows how far it is, and tells how it ended.
#ifndef HEADWAY_SERVICES_CLI_CLONE_IMPORT_H_
#define HEADWAY_SERVICES_CLI_CLONE_IMPORT_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"
#include "services/cli/command.h"

namespace headway {

// The options that all such commands have.
struct CloneImportFlags {
  std::string path;
  std::string repository;  // "host/owner/name"; empty: from the remote
  std::string out;         // a file for the observations, "-": standard output; empty: they are sent
  absl::Duration retry_for = absl::Minutes(2);
};
// The flags must outlive the command.
void AddCloneOptions(Command command, const char* path_help, CloneImportFlags* flags);

// What a reading gets: where observations go, and whom to tell how far it is (from any thread).
struct CloneReading {
  std::function<absl::Status(v1::Observation)> emit;
  std::function<void(absl::string_view, int64_t)> report;
};

// Reads, delivers and reports; returns the exit code. `print` writes the summary of a reading that was OK.
int ImportClone(const CliContext& context, const CloneImportFlags& flags, const std::string& repository,
                absl::FunctionRef<absl::Status(const CloneReading&)> read,
                absl::FunctionRef<void(std::ostream&)> print);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_CLONE_IMPORT_H_
