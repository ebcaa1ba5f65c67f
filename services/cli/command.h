// How a subcommand of `headway` describes itself, without knowing the library that parses the command line.
#ifndef HEADWAY_SERVICES_CLI_COMMAND_H_
#define HEADWAY_SERVICES_CLI_COMMAND_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace CLI {
class App;
}

namespace headway {

// What the process answers to the shell.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,    // the server is out of reach, a file cannot be read, ...
  kExitUsage = 2,     // the command line is wrong, or names something that does not exist
  kExitRejected = 3,  // everything else was done, but some records were refused
};

// What every command is given. Commands write what was asked for to `out` and everything else to `err`.
struct CliContext {
  std::string server;  // "host:port" of a running installation
  std::ostream* out;
  std::ostream* err;
};

// One (sub)command while it is being described. A cheap handle: copy it freely. The variables that options write to must outlive
// the run, so commands keep them in a shared_ptr that their action captures. Not thread-safe.
class Command {
 public:
  using Action = std::function<int(const CliContext&)>;

  // A subcommand of this one.
  Command Add(const std::string& name, const std::string& help);

  // What follows without a name, in the order of these calls. `many` takes all that is left (one at least).
  void Positional(const std::string& name, std::string* value, const std::string& help, bool required = true);
  void Positional(const std::string& name, std::vector<std::string>* many, const std::string& help);

  // "--name VALUE" (or "-n,--name"). The variable's value before the call is the default, and is shown unless empty.
  void Option(const std::string& names, std::string* value, const std::string& help, bool required = false);
  void Option(const std::string& names, int64_t* value, const std::string& help);
  void Option(const std::string& names, uint64_t* value, const std::string& help);
  // May be given several times.
  void Option(const std::string& names, std::vector<std::string>* many, const std::string& help);
  // "30s", "5m", "1h30m".
  void Option(const std::string& names, absl::Duration* value, const std::string& help);
  // "2024-05-01T12:00:00Z", with any offset from UTC, or "2024-05-01" (midnight UTC).
  void Option(const std::string& names, absl::Time* value, const std::string& help);
  // One of a closed set.
  void Choice(const std::string& names, std::string* value, const std::vector<std::string>& allowed,
              const std::string& help);
  // "--name", without a value.
  void Flag(const std::string& names, bool* value, const std::string& help);

  // Shown below the options: command lines, and then what else is worth saying.
  void Examples(const std::vector<std::string>& lines, const std::string& notes = "");

  // What to do; its result is the exit code. A command without an action needs one of its subcommands.
  void Run(Action action);

 private:
  friend class CommandLine;
  Command(CLI::App* app, std::shared_ptr<Action> chosen) : app_(app), chosen_(std::move(chosen)) {}

  CLI::App* app_;                   // owned by the CommandLine
  std::shared_ptr<Action> chosen_;  // the action of the subcommand that the command line names
};

// The whole program: global options, and the commands added to its root.
class CommandLine {
 public:
  CommandLine(std::ostream& out, std::ostream& err);
  ~CommandLine();

  Command Root();

  // Parses and runs. Help goes to out, errors to err; the result is the exit code.
  int Main(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  std::shared_ptr<Command::Action> chosen_;
  CliContext context_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_COMMAND_H_
