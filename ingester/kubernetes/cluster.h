// How an API server is reached, and as whom.
#ifndef HEADWAY_INGESTER_KUBERNETES_CLUSTER_H_
#define HEADWAY_INGESTER_KUBERNETES_CLUSTER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace headway::kubernetes {

// What a request proves itself with. Secret: never in a message or a log.
struct Credential {
  std::string bearer_token;     // empty: none
  std::string certificate_pem;  // of the client, with its key; empty: none
  std::string key_pem;

  bool operator==(const Credential&) const = default;
};

// Thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // What holds now; asked before every request, so that what rotates is taken up. May block for a plugin's time. UNAUTHENTICATED: there is none, the message
  // says why.
  virtual absl::StatusOr<Credential> Get() = 0;
  // The server did not accept this one: it is not given again, if another can be had.
  virtual void Refused(const Credential& credential) = 0;
};

struct Cluster {
  std::string server;   // "https://host:port", perhaps with a path
  std::string ca_file;  // read before every request; empty: ca_pem, or what the system trusts
  std::string ca_pem;
  std::string tls_server_name;  // that the certificate is for; empty: the host of `server`
  std::string proxy;            // empty: none, whatever the environment says
  bool skip_tls_verify = false;
  std::shared_ptr<Credentials> credentials;  // null: anonymous
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_CLUSTER_H_
