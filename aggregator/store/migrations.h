// The schema's history: forward-only SQL files of aggregator/schema/migrations, embedded into the program.
#ifndef HEADWAY_AGGREGATOR_STORE_MIGRATIONS_H_
#define HEADWAY_AGGREGATOR_STORE_MIGRATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aggregator/store/connection.h"

namespace headway {

// One file, NNNN_name.sql.
struct Migration {
  int version = 0;
  absl::string_view name;  // the file's name
  absl::string_view sql;
};

// All that this program knows, by version from 1.
absl::Span<const Migration> EmbeddedMigrations();

// What Migrate did.
struct MigrationReport {
  int from = 0;
  int to = 0;
  std::vector<std::string> applied;  // names
};

// Brings the schema up to date: each file in a transaction of its own, recorded with its checksum in headway.migrations. Safe to run from several
// processes at once (the others wait). Objects belong to role headway_owner where the user may act as it. FAILED_PRECONDITION: a file that was applied
// has changed since, or the schema is newer than this program.
absl::StatusOr<MigrationReport> Migrate(Connection& connection,
                                        absl::Span<const Migration> migrations = EmbeddedMigrations());

// OK when the schema is at least where this program needs it. FAILED_PRECONDITION says which version it has, which is needed, and what to do.
absl::Status CheckSchema(Connection& connection, absl::Span<const Migration> migrations = EmbeddedMigrations());

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_MIGRATIONS_H_
