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

// What a row of the statements below is. Its columns: the kind, the ref it was found by, and the kind's own as text, kRowWidth of them at most:
enum class RowKind {
  kState =
      0,  // the entity that the ref stands for, version, title, whether it is being derived again, last_finished, appended_from,
  // version of statuses
  kSource = 1,  // covers, source, latest event, complete until
  // As DeploymentRowColumns() and so on say.
  kDeployment = 2,
  kChange = 3,
  kFailure = 4,
  kRework = 5,
  kIncident = 6,
  kGap = 7,
};
inline constexpr size_t kRowWidth = 13;

// One round trip and one snapshot for an answer. Tables are partitioned by entity: where one is asked for, one partition is read.
struct ReaderStatements {
  // Rows of all kinds that a window needs which begins at $2. $1: the ref of an entity, or the array of several. $3: whether states are of the entities that
  // the refs are aliases of; all other rows are of the refs themselves.
  Statement rows_of_one;
  Statement rows_of_several;
  // States, sources of deployments, and deployments that finished after what is kept. $1, $2: the ref and last_finished of one entity, or the arrays of several.
  Statement appended_of_one;
  Statement appended_of_several;
  // States and sources alone. $1: the array of refs; $2: as $3 above.
  Statement states;
  // The entity, its version, whether it is being derived again, version of statuses, appended_from; asked before every answer. $1: one ref, or the array of
  // several, which may be aliases.
  Statement version_of_one;
  Statement versions;
  // What a System, a Domain or a Group pools. $1: its ref, or an alias of it; $2: the relation that leads down; $3: whether what is owned by what is found are
  // the members, else what is found itself; $4: at most so many are found. Columns: ref, member, version, whether it is being derived again, version of
  // statuses, whether it is the one asked for, appended_from.
  Statement pool;
  // How far sources have come. $1, $2: sources and what they cover.
  Statement statuses;

  static const ReaderStatements& Get();
  // Makes all of them known to the connection, once.
  static absl::Status Prepare(Connection& connection);
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_READER_STATEMENTS_H_
