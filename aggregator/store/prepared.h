// Statements that are planned once for each connection. Included only by files of the store.
#ifndef HEADWAY_AGGREGATOR_STORE_PREPARED_H_
#define HEADWAY_AGGREGATOR_STORE_PREPARED_H_

#include <string>
#include <utility>

#include <pqxx/pqxx>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace headway {

// Runs a statement of which there are few, each the same text every time, with its parameters. The plan is made for any parameters; planning costs more than
// running where batches are small. Throws what libpqxx throws.
template <typename... Parameters>
pqxx::result RunPrepared(pqxx::transaction_base& tx, const std::string& sql, Parameters&&... parameters) {
#if PQXX_VERSION_MAJOR >= 7
  // There a connection refuses a name that it knows, and does not tell whether it does.
  return tx.exec_params(sql, std::forward<Parameters>(parameters)...);
#else
  const std::string name = absl::StrCat("run_", absl::Hex(absl::HashOf(sql)));
  // Does nothing where the connection knows it. Two texts of one name would be an error that says so.
  tx.conn().prepare(name, sql);
  return tx.exec_prepared(name, std::forward<Parameters>(parameters)...);
#endif
}

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_PREPARED_H_
