// Whole tables as text, to compare them byte by byte. Test code only.
#ifndef HEADWAY_AGGREGATOR_STORE_TABLE_DUMP_H_
#define HEADWAY_AGGREGATOR_STORE_TABLE_DUMP_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregator/store/connection.h"

namespace headway::testing {

// Each table (or subquery in brackets) with its rows in PostgreSQL's text form, sorted as bytes. One snapshot.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> DumpTables(Connection& connection,
                                                                           const std::vector<std::string>& tables);

// Statements in one transaction.
absl::Status RunSql(Connection& connection, const std::string& sql);

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_STORE_TABLE_DUMP_H_
