#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_join.h"
#include "ingester/argocd/application_decoder.h"
#include "ingester/argocd/golden_cases.h"
#include "ingester/argocd/observe_application.h"
#include "ingester/ndjson/observation_json.h"

namespace headway {
namespace {

// Maps have no order, so lines are compared as JSON.
std::vector<nlohmann::json> Parsed(const std::vector<std::string>& lines) {
  std::vector<nlohmann::json> all;
  for (const std::string& line : lines) all.push_back(nlohmann::json::parse(line));
  return all;
}

class GoldenTest : public testing::TestWithParam<GoldenCase> {};

// The lines are printed as they belong into the file: read them before they are put there.
TEST_P(GoldenTest, SaysWhatTheTableSays) {
  const GoldenCase& golden = GetParam();
  if (!golden.error.empty()) {
    const auto application = ApplicationDecoder().Decode(golden.application);
    EXPECT_EQ(application.status().message(), golden.error);
    return;
  }
  std::vector<std::string> lines;
  for (const v1::Observation& one : Observed(golden.application)) lines.push_back(ObservationToJson(one));
  EXPECT_TRUE(Parsed(lines) == Parsed(golden.says)) << "it says\n  " << absl::StrJoin(lines, "\n  ");
}

INSTANTIATE_TEST_SUITE_P(Table, GoldenTest, testing::ValuesIn(GoldenCases()),
                         [](const testing::TestParamInfo<GoldenCase>& golden) { return golden.param.name; });

}  // namespace
}  // namespace headway
