// Which of the stored payloads of one object holds. Included only by the files that fold.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_PAYLOAD_WINNER_H_
#define HEADWAY_AGGREGATOR_PROJECTION_PAYLOAD_WINNER_H_

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "aggregator/projection/natural_key.h"
#include "headway/v1/observation.pb.h"

namespace headway {

struct ParsedPayload {
  v1::Observation observation;
  Sha256Digest hash{};
};

// Payloads of the wanted kind. One alone needs no hash.
inline std::vector<ParsedPayload> ParsePayloads(absl::Span<const std::string> payloads,
                                                v1::Observation::KindCase kind) {
  std::vector<ParsedPayload> all;
  all.reserve(payloads.size());
  for (const std::string& payload : payloads) {
    ParsedPayload parsed;
    if (!parsed.observation.ParseFromString(payload) || parsed.observation.kind_case() != kind) continue;
    if (payloads.size() > 1) parsed.hash = ContentHash(payload);
    all.push_back(std::move(parsed));
  }
  return all;
}

// The payload with the greatest (version(observation), content hash); nullptr where there is none.
template <typename Version>
const ParsedPayload* WinningPayload(const std::vector<ParsedPayload>& all, Version version) {
  const ParsedPayload* best = nullptr;
  for (const ParsedPayload& one : all) {
    if (best == nullptr ||
        std::make_tuple(version(best->observation), best->hash) < std::make_tuple(version(one.observation), one.hash)) {
      best = &one;
    }
  }
  return best;
}

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_PAYLOAD_WINNER_H_
