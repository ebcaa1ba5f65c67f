// Which of the entities that claim a stream gets it, and in words why, or why none does. Pure, thread-safe.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_CLAIM_DECISION_H_
#define HEADWAY_AGGREGATOR_PROJECTION_CLAIM_DECISION_H_

#include <string>

#include "absl/types/span.h"
#include "aggregator/projection/stream_resolver.h"

namespace headway {

struct ClaimDecision {
  std::string entity_ref;  // empty: none
  MappedBy by = MappedBy::kNothing;
  bool is_ambiguous = false;  // several claim it with equal right
  std::string because;        // where there is one
  std::string reason;         // where there is none
  std::string next_step;
};
ClaimDecision DecideClaims(const StreamFact& stream, absl::Span<const EntityClaims* const> claims);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_CLAIM_DECISION_H_
