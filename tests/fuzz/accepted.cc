#include "tests/fuzz/accepted.h"

#include <google/protobuf/stubs/logging.h>

#include "aggregator/projection/validate.h"
#include "ingester/ndjson/observation_json.h"
#include "tests/fuzz/promise.h"

namespace headway::fuzz {

PreparedObservation PrepareAccepted(const v1::Observation& observation) {
  const PreparedObservation prepared = Prepare(observation);
  v1::Observation again;
  Promise(again.ParseFromString(prepared.payload), "a canonical payload parses");
  Promise(!Validate(again).has_value(), "a canonical payload is valid");
  const PreparedObservation second = Prepare(again);
  Promise(second.payload == prepared.payload, "a canonical payload is its own canonical payload");
  Promise(second.payload_key == prepared.payload_key && second.object_key == prepared.object_key &&
              second.stream_id == prepared.stream_id && second.kind == prepared.kind,
          "a canonical payload keeps its identity");
  Promise(prepared.commit.has_value() == observation.has_commit(), "a commit comes with what it says");

  v1::Observation from_json;
  Promise(!ObservationFromJson(ObservationToJson(observation), &from_json).has_value(), "our own JSON is read again");
  Promise(CanonicalPayload(from_json) == prepared.payload, "JSON changes nothing");
  return prepared;
}

void SilenceProtobuf() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace headway::fuzz
