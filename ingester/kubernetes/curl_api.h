// The real API server, over HTTP/1.1 with libcurl: every answer has a connection of its own, so that one that stands still holds up no other.
#ifndef HEADWAY_INGESTER_KUBERNETES_CURL_API_H_
#define HEADWAY_INGESTER_KUBERNETES_CURL_API_H_

#include <memory>

#include "absl/status/statusor.h"
#include "ingester/kubernetes/cluster.h"
#include "ingester/kubernetes/kubernetes_api.h"

namespace headway::kubernetes {

// TLS 1.2 and later; the environment's proxies are ignored; nothing is followed, so credentials go to the cluster's server alone, and without TLS to loopback alone. A
// connection that does not acknowledge is given up after 30 s. At most 512 KiB of an answer are received ahead of its reader.
// INVALID_ARGUMENT: the cluster's address or proxy is none.
absl::StatusOr<std::unique_ptr<KubernetesApi>> MakeCurlApi(Cluster cluster);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_CURL_API_H_
