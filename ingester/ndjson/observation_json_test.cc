#include "ingester/ndjson/observation_json.h"

#include <gtest/gtest.h>

namespace headway {
namespace {

struct Case {
  const char* line;
  const char* field;
  const char* reason;
};

TEST(ObservationJsonTest, NamesTheFieldAtFaultAndTheReason) {
  const Case kCases[] = {
      {R"({"deployment":{"finishedAt":"soon"}})", "deployment.finished_at", "Invalid time format: soon"},
      {R"({"deployment":{"nope":1}})", "deployment.nope", "there is no such field"},
      {R"({"nope":1})", "nope", "there is no such field"},
      {R"({"deployment":{"phase":"DONE"}})", "deployment.phase",
       R"(invalid value "DONE" for type headway.v1.Deployment.Phase)"},
      {R"({"change":{"number":"x"}})", "change.number", R"(invalid value "x" for type TYPE_INT64)"},
      {R"({"commit":{"paths":{"paths":[1,{}]}}})", "commit.paths.paths[0]",
       "invalid value Starting an object on a scalar field for type paths"},
      {R"({"commit":{},"change":{}})", "json",
       "invalid value oneof field 'kind' is already set. Cannot set 'change' for type oneof"},
      {R"({"source":)", "json", "Unexpected end of string. Expected a value."},
      {"not json", "json", "Unexpected token."},
      {"[]", "json", "Root element must be a message."},
      {R"({"source":"a"} and more)", "json", "Parsing terminated before end of input."},
      {"{\"source\":\"\xff\"}", "json", "Encountered non UTF-8 code points."},
  };
  for (const Case& c : kCases) {
    v1::Observation observation;
    const std::optional<LineFault> fault = ObservationFromJson(c.line, &observation);
    ASSERT_TRUE(fault.has_value()) << c.line;
    EXPECT_EQ(fault->field, c.field) << c.line;
    EXPECT_EQ(fault->reason, c.reason) << c.line;
  }
}

TEST(ObservationJsonTest, WhatIsWrittenIsReadBack) {
  v1::Observation observation;
  observation.set_source("git:example.org/a/b");
  observation.mutable_commit()->set_sha("0123");
  observation.mutable_commit()->mutable_paths();
  observation.mutable_commit()->mutable_authored_at()->set_seconds(1700000000);
  const std::string json = ObservationToJson(observation);
  EXPECT_EQ(
      json,
      R"({"source":"git:example.org/a/b","commit":{"sha":"0123","authoredAt":"2023-11-14T22:13:20Z","paths":{}}})");
  v1::Observation again;
  ASSERT_FALSE(ObservationFromJson(json, &again).has_value());
  EXPECT_EQ(again.SerializeAsString(), observation.SerializeAsString());
}

}  // namespace
}  // namespace headway
