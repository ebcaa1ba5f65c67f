// How far sources have come, and what keeps them from seeing everything: written by difference. Within a transaction of Connection; throws what libpqxx
// throws.
#ifndef HEADWAY_AGGREGATOR_STORE_SOURCE_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_SOURCE_STORE_H_

#include <vector>

#include "aggregator/projection/source_condition.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// One condition for each (source, covers) at most. Entities that a source gains, loses, or is more complete for are to be looked at again; a source that has only
// heard from what it watches moves none.
void WriteSources(pqxx::transaction_base& tx, const std::vector<SourceCondition>& conditions);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_SOURCE_STORE_H_
