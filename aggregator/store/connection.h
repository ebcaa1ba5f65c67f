// One connection to PostgreSQL. Exceptions of libpqxx stop here: everything that runs through Transact, Snapshot or Autocommit comes back as a
// status. Used by one thread at a time.
//
// Statuses: UNAVAILABLE (the server is out of reach, shutting down, or went away: reconnect and retry), ABORTED (serialisation failure or deadlock:
// retry), RESOURCE_EXHAUSTED (no room: retry with back-off), DEADLINE_EXCEEDED (statement timeout or cancellation), PERMISSION_DENIED,
// FAILED_PRECONDITION (a table or schema is missing), ALREADY_EXISTS (unique violation), INVALID_ARGUMENT (bad data), INTERNAL (anything else).
#ifndef HEADWAY_AGGREGATOR_STORE_CONNECTION_H_
#define HEADWAY_AGGREGATOR_STORE_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

struct RawConnection;  // connection_raw.h, for the store only

// True if the same call may succeed when it is made again (later, on another connection).
bool IsRetryable(const absl::Status& status);

// The status for an SQLSTATE, with message "while <doing>: <cause>".
absl::Status StatusFromSqlState(absl::string_view sqlstate, absl::string_view doing, absl::string_view cause);

class Connection {
 public:
  // Runs inside a transaction; may throw what libpqxx throws. Not OK: the transaction is rolled back.
  using Body = absl::FunctionRef<absl::Status(pqxx::transaction_base&)>;

  // Connects to a libpq connection string or URL. Blocks for at most connect_timeout of it (10 s where it names none).
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& url);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // READ COMMITTED, commits when the body returns OK. `doing` completes "while ...". When the connection breaks during the commit it is not known
  // whether it took place; the status is UNAVAILABLE, so what runs here must be harmless to repeat.
  absl::Status Transact(absl::string_view doing, Body body);
  // REPEATABLE READ READ ONLY: all statements see one state.
  absl::Status Snapshot(absl::string_view doing, Body body);
  // No transaction: each statement commits by itself (LISTEN, VACUUM, CREATE DATABASE).
  absl::Status Autocommit(absl::string_view doing, Body body);

  // Names a statement for exec_prepared; the server learns it at its first use. The same name must always mean the same SQL.
  absl::Status Prepare(const std::string& name, const std::string& sql);
  bool HasPrepared(const std::string& name) const;
  // Has prepared statements planned anew at their next use, if that was last done longer ago. Plans that were made while tables were small stay in use when
  // tables have grown, until the database happens to analyse them.
  absl::Status ReplanAfter(absl::Duration age);

  // statement_timeout for what follows; zero: none.
  absl::Status SetStatementTimeout(absl::Duration timeout);

  // False once it is known to be broken; it does not come back: open another.
  bool IsOpen() const;

  // For files of the store that need more than a transaction.
  RawConnection& raw() { return *raw_; }

 private:
  explicit Connection(std::unique_ptr<RawConnection> raw);
  std::unique_ptr<RawConnection> raw_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_CONNECTION_H_
