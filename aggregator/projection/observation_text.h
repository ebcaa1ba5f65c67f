// Observations for tests, from protobuf's text form.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_OBSERVATION_TEXT_H_
#define HEADWAY_AGGREGATOR_PROJECTION_OBSERVATION_TEXT_H_

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <string>

#include "aggregator/projection/natural_key.h"
#include "headway/v1/observation.pb.h"

namespace headway::testing {

// Ends the program where the text is none.
inline v1::Observation ObservationFrom(const std::string& text) {
  v1::Observation observation;
  if (!google::protobuf::TextFormat::ParseFromString(text, &observation)) std::abort();
  return observation;
}

inline std::string PayloadFrom(const std::string& text) { return CanonicalPayload(ObservationFrom(text)); }

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_PROJECTION_OBSERVATION_TEXT_H_
