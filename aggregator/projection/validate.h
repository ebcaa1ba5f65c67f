// What an observation must satisfy to be stored. Pure and thread-safe.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_H_
#define HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_H_

#include <optional>
#include <string>

#include "headway/v1/observation.pb.h"

namespace headway {

// A field at fault, as "deployment.finished_at" or "commit.parents[1]", and what is wrong with it.
struct FieldError {
  std::string field;
  std::string reason;
};

// The first fault, in the order of the fields; nothing where the observation is valid.
std::optional<FieldError> Validate(const v1::Observation& observation);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_H_
