// The flags of a process that reads the configuration file.
#ifndef HEADWAY_SERVICES_CONFIGURATION_CONFIGURATION_FLAGS_H_
#define HEADWAY_SERVICES_CONFIGURATION_CONFIGURATION_FLAGS_H_

#include <optional>
#include <string>

#include "services/configuration/configuration.h"
#include "services/runtime/flags.h"

namespace headway {

class ConfigurationFlags : public FlagGroup {
 public:
  void AddTo(CLI::App& app) override;

  // Empty: there is none.
  const std::string& file() const { return file_; }
  // Where a source remembers what it has sent; empty: nowhere.
  const std::string& state_folder() const { return state_folder_; }

  // Reads the file, if one is named. The exit code where the process is to end now: with --check-config (0, or 2 when something is wrong), and when the file
  // cannot be used (2). What is wrong is said on stderr.
  std::optional<int> Read(Configuration* configuration) const;

 private:
  std::string file_;
  std::string state_folder_;
  bool check_ = false;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CONFIGURATION_CONFIGURATION_FLAGS_H_
