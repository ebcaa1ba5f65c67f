// Tells caches that entities are to be looked at again though none of their facts changed. Within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_ENTITY_TOUCH_H_
#define HEADWAY_AGGREGATOR_STORE_ENTITY_TOUCH_H_

#include <set>
#include <string>

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Locks them, and those that they are aliases of, makes the rows that are missing, and counts their versions up. '' is left out.
void TouchEntities(pqxx::transaction_base& tx, std::set<std::string> refs);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ENTITY_TOUCH_H_
