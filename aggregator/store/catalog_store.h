// What the catalog says of entities beyond their repositories and names: annotations, what they claim of streams, and relations. Written by difference,
// under the lock of the rules held exclusively; within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_CATALOG_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_CATALOG_STORE_H_

#include <vector>

#include "aggregator/projection/fold.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Numbers are stored.
enum class Relation : int16_t { kPartOf = 1, kOwnedBy = 2, kChildOf = 3, kMemberOf = 4 };

// Enqueues streams that may belong elsewhere now, and touches what entities came to or left.
void WriteCatalog(pqxx::transaction_base& tx, const std::vector<EntityDeclarationFact>& entities);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_CATALOG_STORE_H_
