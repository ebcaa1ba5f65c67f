#include "aggregator/projection/gaps.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace headway {
namespace {

// Numbers come from outside; sums of what is missing must not overflow.
constexpr int64_t kMostInOneGap = 1'000'000'000;

// How many are missing between the two, at least.
int64_t MissingBetween(int64_t before, int64_t after) {
  if (after == before) return 0;  // the same entry under another key
  return std::min(after > before ? after - before - 1 : after, kMostInOneGap);
}

}  // namespace

bool EarlierInStream(const NumberedDeployment& a, const NumberedDeployment& b) {
  return std::tie(a.synced, a.sequence, a.key) < std::tie(b.synced, b.sequence, b.key);
}

bool IsNumbered(const DeploymentFact& deployment) {
  return deployment.sequence.has_value() && deployment.phase != Phase::kPending &&
         deployment.synced != absl::InfiniteFuture();
}

NumberedDeployment NumberedOf(const DeploymentFact& deployment, bool in_scope) {
  return {deployment.key, deployment.source, deployment.stream, deployment.synced, *deployment.sequence, in_scope};
}

std::vector<GapRow> FindGaps(std::vector<NumberedDeployment> deployments) {
  std::sort(deployments.begin(), deployments.end(), [](const NumberedDeployment& a, const NumberedDeployment& b) {
    const auto stream = [](const NumberedDeployment& d) { return std::tie(d.source, d.stream); };
    return stream(a) != stream(b) ? stream(a) < stream(b) : EarlierInStream(a, b);
  });
  std::vector<GapRow> gaps;
  for (size_t i = 1; i < deployments.size(); ++i) {
    const NumberedDeployment& before = deployments[i - 1];
    const NumberedDeployment& after = deployments[i];
    if (before.source != after.source || before.stream != after.stream) continue;
    const int64_t missing = MissingBetween(before.sequence, after.sequence);
    if (missing == 0) continue;
    gaps.push_back({after.key, after.source, after.stream, before.synced, after.synced, missing, after.in_scope});
  }
  std::sort(gaps.begin(), gaps.end(),
            [](const GapRow& a, const GapRow& b) { return std::tie(a.until, a.key) < std::tie(b.until, b.key); });
  return gaps;
}

std::vector<GapRow> FindGaps(absl::Span<const DeploymentFact> deployments, const std::string& environment) {
  std::vector<NumberedDeployment> numbered;
  for (const DeploymentFact& deployment : deployments) {
    if (!IsNumbered(deployment)) continue;
    numbered.push_back(NumberedOf(deployment, environment.empty() ? deployment.tier == Tier::kProduction
                                                                  : deployment.environment == environment));
  }
  return FindGaps(std::move(numbered));
}

}  // namespace headway
