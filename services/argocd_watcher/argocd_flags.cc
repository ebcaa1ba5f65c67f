#include "services/argocd_watcher/argocd_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/credentials.h"
#include "ingester/kubernetes/kubeconfig.h"

namespace headway {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> Environment() {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
  return all;
}

// As Kubernetes has it (RFC 1123 label): what is no name would change the path that is asked for.
bool IsNamespace(const std::string& name) {
  return !name.empty() && name.size() <= 63 &&
         absl::c_all_of(name, [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

absl::StatusOr<kubernetes::Cluster> ClusterOf(const ArgoCdConfiguration& address, const std::string& folder) {
  if (!address.kubeconfig.empty()) {
    return kubernetes::ReadKubeconfig(address.kubeconfig, {.context = address.context, .environment = Environment()});
  }
  return kubernetes::InCluster(Variable("KUBERNETES_SERVICE_HOST"), Variable("KUBERNETES_SERVICE_PORT"),
                               folder.empty() ? kubernetes::kServiceAccountFolder : folder);
}

absl::StatusOr<WatchedInstance> Find(const ArgoCdConfiguration& address, const std::string& service_account_folder) {
  if (address.name.empty() || address.name.size() > 200) {
    return absl::InvalidArgumentError("an Argo CD instance needs a name of at most 200 bytes");
  }
  WatchedInstance instance{address.name, address.namespaces};
  for (const std::string& name_space : instance.namespaces) {
    if (!IsNamespace(name_space)) {
      return absl::InvalidArgumentError(absl::StrCat("\"", name_space, "\" is no name of a namespace"));
    }
  }
  absl::StatusOr<kubernetes::Cluster> cluster = ClusterOf(address, service_account_folder);
  if (!cluster.ok()) {
    return absl::Status(cluster.status().code(), absl::StrCat("while looking for the cluster of ", address.name, ": ",
                                                              cluster.status().message()));
  }
  instance.cluster = *std::move(cluster);
  return instance;
}

}  // namespace

absl::StatusOr<std::vector<WatchedInstance>> FindInstances(const std::vector<ArgoCdConfiguration>& instances,
                                                           const std::string& service_account_folder) {
  std::vector<WatchedInstance> found;
  for (const ArgoCdConfiguration& address : instances) {
    absl::StatusOr<WatchedInstance> instance = Find(address, service_account_folder);
    if (!instance.ok()) return instance.status();
    if (absl::c_any_of(found, [&](const WatchedInstance& other) { return other.name == instance->name; })) {
      return absl::InvalidArgumentError(absl::StrCat("two Argo CD instances are called ", instance->name));
    }
    found.push_back(*std::move(instance));
  }
  return found;
}

void ArgocdFlags::AddTo(CLI::App& app) {
  configuration_.AddTo(app);
  const auto add = [&app](const char* name, auto& value, const char* help) {
    return app.add_option(name, value, help)->group("Argo CD");
  };
  add("--ingest", ingest_, "host:port of IngestService")->capture_default_str();
  add("--instance", instance_.name,
      "Name of the Argo CD instance; the source is argocd:<name>. What follows is of this one, where no configuration "
      "file names any")
      ->capture_default_str();
  add("--namespace", instance_.namespaces, "Namespace with Applications; several times for several, none for all");
  add("--kubeconfig", instance_.kubeconfig, "How the cluster is reached; without it as a Pod of the cluster");
  add("--context", instance_.context, "Context of the kubeconfig; without it the current one");
  add("--service-account-folder", service_account_folder_, "Where a Pod finds its token and authority")
      ->default_str(kubernetes::kServiceAccountFolder);
}

absl::StatusOr<ArgocdWatcherOptions> ArgocdFlags::Options(const Configuration& configuration) const {
  const std::vector<ArgoCdConfiguration> one = {instance_};
  absl::StatusOr<std::vector<WatchedInstance>> instances =
      FindInstances(configuration.argocd.empty() ? one : configuration.argocd, service_account_folder_);
  if (!instances.ok()) return instances.status();
  return ArgocdWatcherOptions{ingest_, *std::move(instances)};
}

}  // namespace headway
