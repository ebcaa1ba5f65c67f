#include "tests/bench/deployments.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/timestamp.h"

namespace headway::bench {

std::string EntityRef(int64_t entity) { return absl::StrFormat("component:bench/e-%06d", entity); }

// SplitMix64's finish.
uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t z = a * 0x9e3779b97f4a7c15ULL + b + 0x632be59bd9b4e019ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::string Sha(uint64_t a, uint64_t b) {
  return absl::StrFormat("%016x%016x%08x", Mix(a, b), Mix(b + 1, a), static_cast<uint32_t>(Mix(a + 7, b + 3)));
}

Entities::Entities(int64_t count, bool even) : count_(count) {
  if (even) return;
  cumulated_.reserve(static_cast<size_t>(count));
  double sum = 0;
  for (int64_t rank = 1; rank <= count; ++rank) cumulated_.push_back(sum += 1.0 / static_cast<double>(rank));
}

int64_t Entities::Of(int64_t n) const {
  if (cumulated_.empty()) {
    // A step without a common divisor: neighbours in time are no neighbours in name, and each comes once in each turn.
    int64_t step = 7919;
    while (std::gcd(step, count_) != 1) ++step;
    return static_cast<int64_t>((static_cast<uint64_t>(n % count_) * static_cast<uint64_t>(step)) %
                                static_cast<uint64_t>(count_));
  }
  const double at = static_cast<double>(Mix(static_cast<uint64_t>(n), 11) >> 11) * 0x1.0p-53 * cumulated_.back();
  const auto found = std::upper_bound(cumulated_.begin(), cumulated_.end(), at);
  return std::min<int64_t>(found - cumulated_.begin(), count_ - 1);
}

v1::Observation DeploymentOf(const std::string& source, int64_t n, int64_t entity, absl::Time finished) {
  v1::Observation observation;
  observation.set_source(source);
  v1::Deployment& deployment = *observation.mutable_deployment();
  const std::string name = absl::StrFormat("e-%06d", entity);
  const auto number = static_cast<uint64_t>(n);
  const std::string revision = Sha(number, 1);
  deployment.set_key(absl::StrCat("argocd/", name, "/", n));
  deployment.set_version(1);
  deployment.set_entity_ref(EntityRef(entity));
  deployment.set_stream(name);
  deployment.set_environment("production");
  deployment.set_source_revision(revision);
  deployment.set_config_revision(Sha(number, 2));
  deployment.add_images(absl::StrCat("registry.example/bench/", name, ":", revision.substr(0, 12)));
  *deployment.mutable_started_at() = ToTimestamp(finished - absl::Seconds(20 + Mix(number, 3) % 300));
  *deployment.mutable_finished_at() = ToTimestamp(finished);
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  deployment.set_automated(true);
  return observation;
}

}  // namespace headway::bench
