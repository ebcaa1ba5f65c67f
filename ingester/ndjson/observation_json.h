// One observation as one line of JSON (the proto3 JSON form), and back.
#ifndef HEADWAY_INGESTER_NDJSON_OBSERVATION_JSON_H_
#define HEADWAY_INGESTER_NDJSON_OBSERVATION_JSON_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "headway/v1/observation.pb.h"

namespace headway {

// What is wrong with a line.
struct LineFault {
  std::string field;  // "deployment.finishedAt"; "json" where the line is no JSON at all
  std::string reason;
};

// Fills `observation`, or says what is wrong. Unknown fields are wrong. Thread-safe.
std::optional<LineFault> ObservationFromJson(absl::string_view line, v1::Observation* observation);

// Without a newline. The same observation always gives the same bytes. Thread-safe.
std::string ObservationToJson(const v1::Observation& observation);

}  // namespace headway

#endif  // HEADWAY_INGESTER_NDJSON_OBSERVATION_JSON_H_
