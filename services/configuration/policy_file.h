// The policies of the configuration file, also after it has changed.
#ifndef HEADWAY_SERVICES_CONFIGURATION_POLICY_FILE_H_
#define HEADWAY_SERVICES_CONFIGURATION_POLICY_FILE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "headway/v1/policy.pb.h"

namespace headway {

// Thread-safe.
class PolicyFile {
 public:
  // `policies`: as they were read at the start.
  PolicyFile(std::string file, v1::Policies policies) : file_(std::move(file)), policies_(std::move(policies)) {}

  // Looks at the file when the last look is two seconds old. While it cannot be used the policies that were read last hold.
  v1::Policies Get();

 private:
  const std::string file_;
  absl::Mutex mutex_;
  v1::Policies policies_ ABSL_GUARDED_BY(mutex_);
  absl::Time looked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string fault_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CONFIGURATION_POLICY_FILE_H_
