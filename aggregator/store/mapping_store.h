// Mappings of streams and the rules for them, written by difference under the lock of the rules held exclusively; what a change may move is enqueued. Within a
// transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_MAPPING_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_MAPPING_STORE_H_

#include <vector>

#include "aggregator/projection/fold.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

void WriteMappings(pqxx::transaction_base& tx, const std::vector<StreamMappingFact>& mappings);

std::vector<MappingRuleFact> LoadMappingRules(pqxx::transaction_base& tx);
void WriteMappingRules(pqxx::transaction_base& tx, const std::vector<MappingRuleFact>& rules);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_MAPPING_STORE_H_
