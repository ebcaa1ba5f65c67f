// Keeps the statuses of sources from growing without bound: the one kind of observation of which what is superseded is not kept. Within a transaction of
// Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_STATUS_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_STATUS_STORE_H_

#include <vector>

#include "aggregator/store/work_queue.h"

namespace headway {

// Forgets of the statuses among these objects those that no fold depends on any more. The objects' units are locked, and their payloads were read (ReadPayloads)
// in this transaction: what was not read stays.
void ForgetSuperseded(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_STATUS_STORE_H_
