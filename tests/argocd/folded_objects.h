// Observations brought to the aggregator's own fold, as the store keeps them.
#ifndef HEADWAY_TESTS_ARGOCD_FOLDED_OBJECTS_H_
#define HEADWAY_TESTS_ARGOCD_FOLDED_OBJECTS_H_

#include <array>
#include <map>
#include <string>
#include <vector>

#include "aggregator/projection/fold.h"
#include "headway/v1/observation.pb.h"

namespace headway {

// Keeps each payload once, by the object that it is of. What the service would refuse is a failed expectation.
class FoldedObjects {
 public:
  // All that an Application says.
  void See(const std::string& application_json);

  // The deployments that there are.
  std::vector<DeploymentFact> Deployments() const;
  // How many payloads there are.
  size_t payloads() const;

 private:
  std::map<std::array<uint8_t, 16>, std::vector<std::string>> objects_;  // in the order of arrival
};

}  // namespace headway

#endif  // HEADWAY_TESTS_ARGOCD_FOLDED_OBJECTS_H_
