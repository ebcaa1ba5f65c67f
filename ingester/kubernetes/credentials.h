// Credentials from values and files.
#ifndef HEADWAY_INGESTER_KUBERNETES_CREDENTIALS_H_
#define HEADWAY_INGESTER_KUBERNETES_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"
#include "ingester/kubernetes/cluster.h"

namespace headway::kubernetes {

// Where each part comes from; of a value and a file the value holds. A file is read each time: a projected token is replaced every hour, a certificate now and then.
struct CredentialSources {
  std::string token;
  std::string token_file;
  std::string certificate_pem;
  std::string certificate_file;
  std::string key_pem;
  std::string key_file;
};

std::shared_ptr<Credentials> MakeCredentials(CredentialSources sources);

// A whole file of at most a megabyte. UNAVAILABLE: it cannot be read; the message names it.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// Whether it can be sent in a header: printable, without spaces, at most 64 KiB.
bool IsToken(absl::string_view token);

// What a Pod finds: the address in KUBERNETES_SERVICE_HOST and _PORT, token and authority in a folder (kServiceAccountFolder).
inline constexpr char kServiceAccountFolder[] = "/var/run/secrets/kubernetes.io/serviceaccount";
// INVALID_ARGUMENT: host or port is empty: this runs in no Pod.
absl::StatusOr<Cluster> InCluster(const std::string& host, const std::string& port,
                                  const std::string& folder = kServiceAccountFolder);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_CREDENTIALS_H_
