#include "aggregator/store/transact.h"

#include <pqxx/pqxx>

namespace headway {

absl::Status Transact(Connection& connection, absl::string_view doing,
                      const std::function<absl::Status(pqxx::transaction_base&)>& body) {
  return connection.Transact(doing, [&](pqxx::transaction_base& tx) { return body(tx); });
}

}  // namespace headway
