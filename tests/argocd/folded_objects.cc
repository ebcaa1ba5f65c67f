#include "tests/argocd/folded_objects.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/validate.h"
#include "ingester/argocd/golden_cases.h"

namespace headway {

void FoldedObjects::See(const std::string& application_json) {
  for (const v1::Observation& observation : Observed(application_json)) {
    const auto fault = Validate(observation);
    EXPECT_FALSE(fault.has_value()) << fault->field << " " << fault->reason << "\n" << observation.ShortDebugString();
    if (!observation.has_deployment()) continue;
    PreparedObservation prepared = Prepare(observation);
    std::vector<std::string>& payloads = objects_[prepared.object_key.bytes];
    if (std::find(payloads.begin(), payloads.end(), prepared.payload) == payloads.end()) {
      payloads.push_back(std::move(prepared.payload));
    }
  }
}

std::vector<DeploymentFact> FoldedObjects::Deployments() const {
  std::vector<DeploymentFact> deployments;
  for (const auto& [key, payloads] : objects_) {
    FoldedDeployment folded = FoldDeployment(payloads);
    if (folded.exists) deployments.push_back(std::move(folded.fact));
  }
  std::sort(deployments.begin(), deployments.end(), [](const DeploymentFact& a, const DeploymentFact& b) {
    return std::tie(a.started, a.source_key) < std::tie(b.started, b.source_key);
  });
  return deployments;
}

size_t FoldedObjects::payloads() const {
  size_t count = 0;
  for (const auto& [key, payloads] : objects_) count += payloads.size();
  return count;
}

}  // namespace headway
