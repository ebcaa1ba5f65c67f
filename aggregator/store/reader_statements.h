// What RowsReader asks the database, each statement prepared once for each connection. Included only by files of the store.
#ifndef HEADWAY_AGGREGATOR_STORE_READER_STATEMENTS_H_
#define HEADWAY_AGGREGATOR_STORE_READER_STATEMENTS_H_

#include <string>

#include "absl/status/status.h"
#include "aggregator/store/connection.h"

namespace headway {

struct Statement {
  std::string name;
  std::string sql;
};

// Rows that a window needs which begins at $2. Tables are partitioned by entity: where one is asked for, $1 is its ref, and one partition is read; of several,
// $1 is the array.
struct RowStatements {
  Statement deployments;
  Statement changes;
  Statement failures;
  Statement rework;
  Statement incidents;
};

struct ReaderStatements {
  RowStatements one;
  RowStatements several;
  // $1: the array of refs, of entities or aliases of theirs.
  Statement states;
  Statement versions;
  // $1: one such ref. Asked before every answer.
  Statement version_of_one;
  // $1: the array of refs, of entities.
  Statement sources;

  static const ReaderStatements& Get();
  // Makes all of them known to the connection, once.
  static absl::Status Prepare(Connection& connection);
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_READER_STATEMENTS_H_
