// What holds for every observation that was accepted, whichever way it came in.
#ifndef HEADWAY_TESTS_FUZZ_ACCEPTED_H_
#define HEADWAY_TESTS_FUZZ_ACCEPTED_H_

#include "aggregator/projection/natural_key.h"
#include "headway/v1/observation.pb.h"

namespace headway::fuzz {

// Prepares a valid observation; ends the process unless its canonical payload is valid again, with the same identity and bytes, and its JSON
// form means the same.
PreparedObservation PrepareAccepted(const v1::Observation& observation);

// protobuf complains on stderr about every text that is no UTF-8: not here.
void SilenceProtobuf();

}  // namespace headway::fuzz

#endif  // HEADWAY_TESTS_FUZZ_ACCEPTED_H_
