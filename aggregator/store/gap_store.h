// Gaps where no entity's derivation finds them, and how many there are. Within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_GAP_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_GAP_STORE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregator/projection/gaps.h"
#include "aggregator/store/connection.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Derives the gaps of streams that belong to no entity, from the deployments as they are stored now. The last lock that a transaction takes. True if
// any differ from what was written.
bool WriteUnmappedGaps(pqxx::transaction_base& tx, const std::vector<NumberedStream>& streams);

// All that are known. The table holds nothing but gaps, so that counting it is cheap.
struct GapTotals {
  int64_t gaps = 0;
  int64_t missed_at_least = 0;
};
absl::StatusOr<GapTotals> CountGaps(Connection& connection);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_GAP_STORE_H_
