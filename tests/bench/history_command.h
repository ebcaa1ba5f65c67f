// headway_bench history: sends the histories of many entities, or writes them as rows of the base line's tables.
#ifndef HEADWAY_TESTS_BENCH_HISTORY_COMMAND_H_
#define HEADWAY_TESTS_BENCH_HISTORY_COMMAND_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/history.h"

namespace headway::bench {

// Blocks until everything is acknowledged.
nlohmann::json SendHistories(const std::string& server, int senders, const HistoryOptions& options);

// deployments.tsv, pull_requests.tsv and incidents.tsv in `folder`, in the columns of baseline/tables.sql.
nlohmann::json WriteTables(const std::string& folder, const HistoryOptions& options);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_HISTORY_COMMAND_H_
