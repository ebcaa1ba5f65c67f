// A cluster from a kubeconfig file, as kubectl uses it.
#ifndef HEADWAY_INGESTER_KUBERNETES_KUBECONFIG_H_
#define HEADWAY_INGESTER_KUBERNETES_KUBECONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingester/kubernetes/cluster.h"

namespace headway::kubernetes {

struct KubeconfigOptions {
  std::string context;                   // empty: the file's current one
  std::string folder;                    // that paths in it are relative to
  std::vector<std::string> environment;  // "NAME=value", for an exec plugin
};

// From the text of the file: server, authority (data or file), tls-server-name, proxy-url, insecure-skip-tls-verify; token, tokenFile, client certificate and key (data or
// file), exec plugin (client.authentication.k8s.io/v1 or v1beta1, never interactive). INVALID_ARGUMENT names what is missing, malformed or not supported (a password, an
// auth-provider, impersonation); it never shows a secret.
absl::StatusOr<Cluster> ParseKubeconfig(const std::string& text, const KubeconfigOptions& options);

// From the file at `path`; its folder is the options'. UNAVAILABLE: it cannot be read.
absl::StatusOr<Cluster> ReadKubeconfig(const std::string& path, KubeconfigOptions options);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_KUBECONFIG_H_
