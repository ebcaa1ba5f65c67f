// headway-catalog-sync: keeps entities and rules in step with a catalog and a configuration file.
#include <iostream>

#include "services/catalog_sync/catalog_sync_flags.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-catalog-sync",
                              "Keeps entities and rules in step with a catalog and a configuration file."};
  flags.needs_database = false;
  flags.listen = "127.0.0.1:7403";
  headway::CatalogSyncFlags sync;
  headway::Configuration configuration;
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags, &sync)) return *exit_code;
  if (auto exit_code = sync.configuration().Read(&configuration)) return *exit_code;
  if (sync.configuration().file().empty()) {
    std::cerr << "headway-catalog-sync: --config is required\n";
    return 2;
  }
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeCatalogSyncService(sync.Options(configuration), instruments));
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
