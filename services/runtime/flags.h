// The flags that services share. Parsed with CLI11, whose exceptions stay in flags.cc.
#ifndef HEADWAY_SERVICES_RUNTIME_FLAGS_H_
#define HEADWAY_SERVICES_RUNTIME_FLAGS_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/store/connection_pool.h"
#include "services/runtime/process.h"

namespace CLI {
class App;
}  // namespace CLI

namespace headway {

// Flags of one part of a process, beside those that all share.
class FlagGroup {
 public:
  virtual ~FlagGroup() = default;
  virtual void AddTo(CLI::App& app) = 0;
};

// Several as one. They must outlive it.
class FlagGroups : public FlagGroup {
 public:
  FlagGroups(std::initializer_list<FlagGroup*> groups) : groups_(groups) {}
  void AddTo(CLI::App& app) override {
    for (FlagGroup* group : groups_) group->AddTo(app);
  }

 private:
  const std::vector<FlagGroup*> groups_;
};

struct ServiceFlags {
  std::string program;      // "headway-all"
  std::string description;  // for --help
  bool needs_database = true;
  std::string database_url;
  std::string database_url_file;  // re-read at every connect; takes precedence
  std::string listen = "127.0.0.1:7400";
  std::string instruments_listen;
  int workers =
      1;  // threads that derive; 0: none. Two take an entity's events out of order, which costs more than it gains
};

// Fills in what the command line says: --database-url, --database-url-file, --listen, --instruments-listen, --workers. Where neither flag names a database,
// the variable HEADWAY_DATABASE_URL does. The exit code where the process is to end now (--help: 0; a fault in the command line: 2).
// A process without a database has neither its flags nor --workers. `more` may be null.
std::optional<int> ParseServiceFlags(int argc, char** argv, ServiceFlags& flags, FlagGroup* more = nullptr);

DatabaseUrl DatabaseUrlFrom(const ServiceFlags& flags);
ProcessOptions ProcessOptionsFrom(const ServiceFlags& flags);

}  // namespace headway

#endif  // HEADWAY_SERVICES_RUNTIME_FLAGS_H_
