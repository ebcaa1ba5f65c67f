#include "services/configuration/configuration_flags.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace headway {

void ConfigurationFlags::AddTo(CLI::App& app) {
  const char* group = "Configuration";
  app.add_option("--config", file_, "The configuration file; deploy/headway.example.yaml explains it")->group(group);
  app.add_flag("--check-config", check_, "Say what is wrong with it, and end")->group(group)->needs("--config");
  app.add_option("--state-folder", state_folder_, "Where it is remembered over a restart what was sent; empty: nowhere")
      ->group(group);
}

std::optional<int> ConfigurationFlags::Read(Configuration* configuration) const {
  if (file_.empty()) return std::nullopt;
  absl::StatusOr<Configuration> read = ReadConfiguration(file_);
  if (!read.ok()) {
    std::cerr << std::string(read.status().message()) << "\n";
    return 2;
  }
  *configuration = *std::move(read);
  if (!check_) return std::nullopt;
  std::cout << file_ << " is good: " << (configuration->catalog.has_value() ? "a catalog" : "no catalog") << ", "
            << configuration->mapping_rules.size() << " mapping rules, " << configuration->environments.size()
            << " environment rules, " << configuration->image_tags.size() << " image tag rules, "
            << configuration->argocd.size() << " Argo CD instances\n";
  return 0;
}

}  // namespace headway
