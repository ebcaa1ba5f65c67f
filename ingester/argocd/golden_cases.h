// The golden table: for each file of golden/ an Application and the observations that it becomes.
#ifndef HEADWAY_INGESTER_ARGOCD_GOLDEN_CASES_H_
#define HEADWAY_INGESTER_ARGOCD_GOLDEN_CASES_H_

#include <string>
#include <vector>

#include "headway/v1/observation.pb.h"

namespace headway {

struct GoldenCase {
  std::string name;               // of the file, without ".yaml"
  std::string application;        // JSON
  std::vector<std::string> says;  // the observations, each one line of JSON in the form of ObservationToJson
  std::string error;              // what the decoder says instead; empty: nothing
};

// All of them, by name. Ends the test program if one cannot be read.
const std::vector<GoldenCase>& GoldenCases();
const GoldenCase& Golden(const std::string& name);

// The observations of the application of a case: the stream's, then the deployments. Ends the test program if it cannot be decoded.
std::vector<v1::Observation> Observed(const std::string& application_json);

}  // namespace headway

#endif  // HEADWAY_INGESTER_ARGOCD_GOLDEN_CASES_H_
