// What an installation uses where a request does not say otherwise.
#ifndef HEADWAY_SERVICES_METRICS_DEFAULT_POLICIES_H_
#define HEADWAY_SERVICES_METRICS_DEFAULT_POLICIES_H_

#include <functional>

#include "headway/v1/policy.pb.h"

namespace headway {

// The defaults as they are now; only what is set in them differs from the contract's. Thread-safe, quick. Empty: the contract's.
using DefaultPolicies = std::function<v1::Policies()>;

// Sets every policy that is set in `defaults` and not in `policies`.
void FillPolicies(const v1::Policies& defaults, v1::Policies* policies);

// The same for the scope of a request, if it has one.
template <typename Request>
Request WithDefaults(const DefaultPolicies& defaults, const Request& request) {
  Request filled = request;
  if constexpr (requires { filled.mutable_scope(); }) {
    if (defaults) FillPolicies(defaults(), filled.mutable_scope()->mutable_policies());
  }
  return filled;
}

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_DEFAULT_POLICIES_H_
