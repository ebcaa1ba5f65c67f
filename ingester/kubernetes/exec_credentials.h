// Credentials from an exec plugin (client.authentication.k8s.io): a program that the kubeconfig names, as cloud providers ship them.
#ifndef HEADWAY_INGESTER_KUBERNETES_EXEC_CREDENTIALS_H_
#define HEADWAY_INGESTER_KUBERNETES_EXEC_CREDENTIALS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ingester/kubernetes/cluster.h"

namespace headway::kubernetes {

struct ExecPlugin {
  std::string api_version;               // "client.authentication.k8s.io/v1"
  std::vector<std::string> command;      // the program and its arguments
  std::vector<std::string> environment;  // all of it, "NAME=value"
  std::string cluster_json;              // spec.cluster, where the plugin is to know it; empty: it is not
  absl::Duration within = absl::Minutes(1);
};

// Runs the plugin when there is nothing yet, when what it gave has expired, and when the server refused it (at most every ten seconds). `now`: the time of day.
std::shared_ptr<Credentials> MakeExecCredentials(ExecPlugin plugin, std::function<absl::Time()> now);

// Runs a program without a terminal and gives what it writes to its standard output. UNAVAILABLE: it cannot be started, ends with another code than 0, or writes more
// than a megabyte; DEADLINE_EXCEEDED: it took longer, and was killed. What it writes to standard error is not kept: it may hold secrets.
absl::StatusOr<std::string> OutputOf(const std::vector<std::string>& command,
                                     const std::vector<std::string>& environment, absl::Duration within);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_EXEC_CREDENTIALS_H_
