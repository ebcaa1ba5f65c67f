#include "services/configuration/policy_file.h"

#include "absl/time/clock.h"
#include "services/base/log.h"
#include "services/configuration/configuration.h"

namespace headway {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(2);

}  // namespace

v1::Policies PolicyFile::Get() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (file_.empty() || now < looked_ + kLookEvery) return policies_;
  looked_ = now;
  const absl::StatusOr<Configuration> configuration = ReadConfiguration(file_);
  if (configuration.ok()) {
    policies_ = configuration->policies;
    fault_.clear();
  } else if (fault_ != configuration.status().message()) {
    fault_ = std::string(configuration.status().message());
    LogWarning("the policies that were read last hold", {{"file", file_}, {"cause", configuration.status()}});
  }
  return policies_;
}

}  // namespace headway
