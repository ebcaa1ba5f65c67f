// Who calls: asked for each request before anything of it is forwarded. A seam: today everyone is let through, and the backend decides by the headers that it
// is given (authorization among them).
#ifndef HEADWAY_SERVICES_GATEWAY_AUTHENTICATOR_H_
#define HEADWAY_SERVICES_GATEWAY_AUTHENTICATOR_H_

#include <functional>

#include "absl/status/statusor.h"
#include "services/gateway/headers.h"

namespace headway::gateway {

// Thread-safe.
class Authenticator {
 public:
  using Done = std::function<void(absl::StatusOr<Headers>)>;
  virtual ~Authenticator() = default;

  // Calls `done` once, now or later, on any thread, with metadata to add for the backend. UNAUTHENTICATED and PERMISSION_DENIED are told to the client as they
  // are. Must not block. `request` lives until this returns.
  virtual void Authenticate(const Headers& request, Done done) = 0;
};

class AdmitsEveryone : public Authenticator {
 public:
  void Authenticate(const Headers&, Done done) override { done(Headers()); }
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_AUTHENTICATOR_H_
