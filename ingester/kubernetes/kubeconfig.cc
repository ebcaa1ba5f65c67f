#include "ingester/kubernetes/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/kubernetes/credentials.h"
#include "ingester/kubernetes/exec_credentials.h"

namespace headway::kubernetes {
namespace {

// Thrown inside this file only; its text becomes the status.
struct Fault {
  std::string text;
};

std::string Text(const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  if (!value || value.IsNull()) return "";
  if (!value.IsScalar()) throw Fault{absl::StrCat(key, " is no text")};
  return value.Scalar();
}

std::string Decoded(const YAML::Node& node, const char* key) {
  std::string out;
  if (!absl::Base64Unescape(Text(node, key), &out)) throw Fault{absl::StrCat(key, " is no base64")};
  return out;
}

// The entry of that name in a list of {name: ..., <key>: {...}}.
YAML::Node Named(const YAML::Node& root, const char* list, const std::string& name, const char* key) {
  const YAML::Node entries = root[list];
  if (entries && entries.IsSequence()) {
    for (const YAML::Node& entry : entries) {
      if (entry.IsMap() && Text(entry, "name") == name && entry[key] && entry[key].IsMap()) return entry[key];
    }
  }
  throw Fault{absl::StrCat(list, " has no entry \"", name, "\" with ", key)};
}

std::string PathFrom(const YAML::Node& node, const char* key, const std::string& folder) {
  const std::string path = Text(node, key);
  return path.empty() || path[0] == '/' || folder.empty() ? path : absl::StrCat(folder, "/", path);
}

bool IsTrue(const YAML::Node& node, const char* key) { return Text(node, key) == "true"; }

Cluster ClusterFrom(const YAML::Node& node, const std::string& folder) {
  Cluster cluster;
  cluster.server = Text(node, "server");
  if (cluster.server.empty()) throw Fault{"cluster.server is missing"};
  cluster.ca_pem = Decoded(node, "certificate-authority-data");
  if (cluster.ca_pem.empty()) cluster.ca_file = PathFrom(node, "certificate-authority", folder);
  cluster.tls_server_name = Text(node, "tls-server-name");
  cluster.proxy = Text(node, "proxy-url");
  cluster.skip_tls_verify = IsTrue(node, "insecure-skip-tls-verify");
  return cluster;
}

// What a plugin may be told of the cluster.
std::string ClusterJson(const Cluster& cluster) {
  nlohmann::json spec = {{"server", cluster.server}};
  if (!cluster.ca_pem.empty()) spec["certificate-authority-data"] = absl::Base64Escape(cluster.ca_pem);
  if (!cluster.tls_server_name.empty()) spec["tls-server-name"] = cluster.tls_server_name;
  if (cluster.skip_tls_verify) spec["insecure-skip-tls-verify"] = true;
  return spec.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::shared_ptr<Credentials> ExecFrom(const YAML::Node& exec, const Cluster& cluster,
                                      const KubeconfigOptions& options) {
  ExecPlugin plugin;
  plugin.api_version = Text(exec, "apiVersion");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    throw Fault{"user.exec.apiVersion is neither client.authentication.k8s.io/v1 nor /v1beta1"};
  }
  if (Text(exec, "interactiveMode") == "Always") {
    throw Fault{"user.exec.interactiveMode is Always, and there is no terminal"};
  }
  const std::string command = Text(exec, "command");
  if (command.empty()) throw Fault{"user.exec.command is missing"};
  const bool is_path = absl::StrContains(command, "/");
  plugin.command.push_back(is_path ? PathFrom(exec, "command", options.folder) : command);
  for (const YAML::Node& argument : exec["args"]) plugin.command.push_back(argument.as<std::string>());
  plugin.environment = options.environment;
  for (const YAML::Node& variable : exec["env"]) {
    const std::string name = absl::StrCat(Text(variable, "name"), "=");
    std::erase_if(plugin.environment, [&](const std::string& one) { return absl::StartsWith(one, name); });
    plugin.environment.push_back(absl::StrCat(name, Text(variable, "value")));
  }
  if (IsTrue(exec, "provideClusterInfo")) plugin.cluster_json = ClusterJson(cluster);
  return MakeExecCredentials(std::move(plugin), [] { return absl::Now(); });
}

std::shared_ptr<Credentials> CredentialsFrom(const YAML::Node& user, const Cluster& cluster,
                                             const KubeconfigOptions& options) {
  for (const char* key : {"username", "password", "auth-provider", "as", "as-uid", "as-groups", "as-user-extra"}) {
    if (user[key]) throw Fault{absl::StrCat("user.", key, " is not supported")};
  }
  if (user["exec"]) return ExecFrom(user["exec"], cluster, options);
  CredentialSources sources;
  sources.token_file = PathFrom(user, "tokenFile", options.folder);
  if (sources.token_file.empty()) sources.token = Text(user, "token");
  sources.certificate_pem = Decoded(user, "client-certificate-data");
  sources.certificate_file = PathFrom(user, "client-certificate", options.folder);
  sources.key_pem = Decoded(user, "client-key-data");
  sources.key_file = PathFrom(user, "client-key", options.folder);
  return MakeCredentials(std::move(sources));
}

Cluster Parse(const std::string& text, const KubeconfigOptions& options) {
  const YAML::Node root = YAML::Load(text);
  if (!root.IsMap()) throw Fault{"it is no mapping"};
  const std::string context = options.context.empty() ? Text(root, "current-context") : options.context;
  const YAML::Node chosen = Named(root, "contexts", context, "context");
  Cluster cluster = ClusterFrom(Named(root, "clusters", Text(chosen, "cluster"), "cluster"), options.folder);
  const std::string user = Text(chosen, "user");
  if (!user.empty()) cluster.credentials = CredentialsFrom(Named(root, "users", user, "user"), cluster, options);
  return cluster;
}

}  // namespace

absl::StatusOr<Cluster> ParseKubeconfig(const std::string& text, const KubeconfigOptions& options) {
  try {
    return Parse(text, options);
  } catch (const Fault& fault) {
    return absl::InvalidArgumentError(absl::StrCat("kubeconfig: ", fault.text));
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("kubeconfig: line ", e.mark.line + 1, ": ", e.msg));
  }
}

absl::StatusOr<Cluster> ReadKubeconfig(const std::string& path, KubeconfigOptions options) {
  const absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (!text.ok()) return text.status();
  const size_t slash = path.rfind('/');
  options.folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  absl::StatusOr<Cluster> cluster = ParseKubeconfig(*text, options);
  if (!cluster.ok()) return absl::Status(cluster.status().code(), absl::StrCat(path, ": ", cluster.status().message()));
  return cluster;
}

}  // namespace headway::kubernetes
