// The API server of a Kubernetes cluster, as the reflector needs it: a seam. The real one is curl_api.h; tests script theirs.
#ifndef HEADWAY_INGESTER_KUBERNETES_KUBERNETES_API_H_
#define HEADWAY_INGESTER_KUBERNETES_KUBERNETES_API_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace headway::kubernetes {

// What is asked for with GET: a page of a list, a watch, or any other path.
struct ApiRequest {
  std::string path;  // with its query, "/apis/argoproj.io/v1alpha1/applications?limit=500"
  absl::Duration answer_within = absl::Seconds(30);  // until the head of the answer
  bool new_connection = false;                       // not one that was used before
};

// One answer, whose body is taken piece by piece as it comes; what is not taken is not received, so a slow reader slows the server. Not thread-safe.
// Destruction ends the request. Must not outlive its API.
class ApiAnswer {
 public:
  virtual ~ApiAnswer() = default;

  // The HTTP status.
  virtual int code() const = 0;
  // What a header Retry-After asks for; zero: nothing.
  virtual absl::Duration retry_after() const = 0;
  // Blocks for at most `wait` (zero: not at all) until there is more of the body; what it gives stays valid until the next call. Empty: that was all.
  // DEADLINE_EXCEEDED: nothing came meanwhile; may be called again. UNAVAILABLE: the connection broke before the end. CANCELLED: Cancel was called.
  virtual absl::StatusOr<absl::string_view> Read(absl::Duration wait) = 0;
};

// Used from one thread, but for Cancel. Several answers may be open at once.
class KubernetesApi {
 public:
  virtual ~KubernetesApi() = default;

  // Asks, and blocks until the head of the answer is there, whatever its status. Redirects are not followed.
  // UNAVAILABLE: no connection, or it broke. DEADLINE_EXCEEDED: no answer in time. UNAUTHENTICATED: there are no credentials now (a file or a plugin fails,
  // a token would go out without TLS). CANCELLED. All but the last may be tried again.
  virtual absl::StatusOr<std::unique_ptr<ApiAnswer>> Get(const ApiRequest& request) = 0;

  // From any thread: whatever waits returns CANCELLED, now and from now on.
  virtual void Cancel() = 0;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_KUBERNETES_API_H_
