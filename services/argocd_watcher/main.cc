// headway-argocd-watcher: what happens in Argo CD, as observations.
#include "services/argocd_watcher/argocd_flags.h"
#include "services/base/log.h"
#include "services/runtime/process.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-argocd-watcher", "Watches the Applications of Argo CD."};
  flags.needs_database = false;
  flags.listen = "127.0.0.1:7404";
  headway::ArgocdFlags argocd;
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags, &argocd)) return *exit_code;
  headway::Configuration configuration;
  if (auto exit_code = argocd.configuration().Read(&configuration)) return *exit_code;
  const absl::StatusOr<headway::ArgocdWatcherOptions> options = argocd.Options(configuration);
  if (!options.ok()) {
    headway::LogError("cannot start", {{"cause", options.status()}});
    return 2;
  }
  headway::BlockStopSignals();
  headway::Instruments instruments;
  std::vector<std::unique_ptr<headway::Service>> services;
  services.push_back(headway::MakeArgocdWatcher(*options, instruments));
  headway::Process process(headway::ProcessOptionsFrom(flags), instruments, std::move(services));
  return headway::RunUntilStopped(process);
}
