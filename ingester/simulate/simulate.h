// A world of teams that work, release, break and repair: data to try Headway with, and to test it with.
#ifndef HEADWAY_INGESTER_SIMULATE_SIMULATE_H_
#define HEADWAY_INGESTER_SIMULATE_SIMULATE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ingester/simulate/pull.h"

namespace headway {

struct SimulationOptions {
  uint64_t seed = 1;
  int64_t days = 90;
  int64_t entities = 5;
  absl::Time start;  // the first midnight (UTC)
};

// Emits what the sources of these entities would report of these days, one entity after the other, each in the order in which things
// were decided. The same options give the same observations, on every machine; an entity does not depend on how many there are. Returns
// the first error of `emit`.
absl::Status Simulate(const SimulationOptions& options, const SimulationEmitter& emit);

}  // namespace headway

#endif  // HEADWAY_INGESTER_SIMULATE_SIMULATE_H_
