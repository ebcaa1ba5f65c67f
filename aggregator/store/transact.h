// A transaction for those outside of the store, which only hand it on: libpqxx stays in the store.
#ifndef HEADWAY_AGGREGATOR_STORE_TRANSACT_H_
#define HEADWAY_AGGREGATOR_STORE_TRANSACT_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "aggregator/store/connection.h"

namespace headway {

// Connection::Transact. The body may call functions of the store that throw what libpqxx throws; all of it comes back as a status.
absl::Status Transact(Connection& connection, absl::string_view doing,
                      const std::function<absl::Status(pqxx::transaction_base&)>& body);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_TRANSACT_H_
