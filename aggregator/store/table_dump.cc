#include "aggregator/store/table_dump.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"

namespace headway::testing {

absl::StatusOr<std::map<std::string, std::vector<std::string>>> DumpTables(Connection& connection,
                                                                           const std::vector<std::string>& tables) {
  std::map<std::string, std::vector<std::string>> dump;
  absl::Status status = connection.Snapshot("dumping tables", [&](pqxx::transaction_base& tx) {
    for (const std::string& table : tables) {
      std::vector<std::string>& rows = dump[table];
      // lint: sql of constants
      for (const pqxx::row& row : tx.exec(absl::StrCat("SELECT t::text COLLATE \"C\" FROM ", table, " t ORDER BY 1"))) {
        rows.emplace_back(row[0].c_str());
      }
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return dump;
}

absl::Status RunSql(Connection& connection, const std::string& sql) {
  return connection.Transact("running a test's statements", [&](pqxx::transaction_base& tx) {
    tx.exec(sql);
    return absl::OkStatus();
  });
}

}  // namespace headway::testing
