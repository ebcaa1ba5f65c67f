// How what belongs to an Application is called in observations.
#ifndef HEADWAY_INGESTER_ARGOCD_NAMES_H_
#define HEADWAY_INGESTER_ARGOCD_NAMES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "ingester/argocd/application.h"

namespace headway {

// Deployment.stream: "<namespace>/<name>".
std::string ArgoStream(const ArgoApplication& application);
// The name of the cluster, else its address. Empty: none is named.
std::string ArgoCluster(const ArgoApplication& application);
// Deployment.environment: "<cluster>/<namespace>", or "unknown", which is in no tier.
std::string ArgoEnvironment(const ArgoApplication& application);

// Deployment.key of an entry of the history, and of an operation that is in none.
std::string HistoryKey(const ArgoApplication& application, const ArgoHistoryEntry& entry);
std::string OperationKey(const ArgoApplication& application, absl::Time started_at);

// "host/owner/name" of a Git repository; of a chart's or an OCI registry its address without scheme. Without credentials, and empty for what is on no
// host.
std::string ArgoRepository(absl::string_view url);

google::protobuf::Timestamp ArgoTimestamp(absl::Time time);

}  // namespace headway

#endif  // HEADWAY_INGESTER_ARGOCD_NAMES_H_
