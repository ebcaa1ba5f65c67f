// For tests: an entity's facts drawn at random, with everything that makes measures hard (rollbacks, reverts, hotfixes, open and reopened incidents, links,
// unknown first commits, clocks that disagree, several streams and environments). The same seed gives the same facts.
#ifndef HEADWAY_AGGREGATOR_METRICS_RANDOM_ENTITY_H_
#define HEADWAY_AGGREGATOR_METRICS_RANDOM_ENTITY_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "aggregator/projection/derive.h"

namespace headway::testing {

// Events lie in [begin, begin + days).
EntityInputs RandomEntity(uint64_t seed, const std::string& entity_ref, absl::Time begin, int days);

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_METRICS_RANDOM_ENTITY_H_
