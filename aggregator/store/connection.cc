#include "aggregator/store/connection.h"

#include <typeinfo>

#include <pqxx/pqxx>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregator/store/connection_raw.h"

namespace headway {
namespace {

absl::string_view View(const std::string& text) { return text; }

std::string Message(absl::string_view doing, absl::string_view cause) {
  return absl::StrCat("while ", doing, ": ", absl::StripAsciiWhitespace(cause));
}

// The server's words where it had any; libpqxx's own do not say what happened.
std::string LossOf(absl::string_view what) {
  if (absl::StrContains(what, "FATAL") || absl::StrContains(what, "connection to server")) return std::string(what);
  return absl::StrCat("the connection to PostgreSQL was lost (", absl::StripAsciiWhitespace(what), ")");
}

absl::StatusCode CodeFor(absl::string_view state) {
  const absl::string_view family = state.substr(0, 2);
  // 57P01 to 57P03: shutting down, crashed, starting. 53300: too many connections.
  if (family == "08" || absl::StartsWith(state, "57P") || state == "53300") return absl::StatusCode::kUnavailable;
  if (state == "40003") return absl::StatusCode::kUnavailable;
  if (family == "40" || state == "55P03") return absl::StatusCode::kAborted;
  if (state == "57014") return absl::StatusCode::kDeadlineExceeded;
  if (family == "53" || family == "54") return absl::StatusCode::kResourceExhausted;
  if (state == "42501" || family == "28") return absl::StatusCode::kPermissionDenied;
  if (state == "42P01" || state == "42703" || state == "42883" || state == "3F000" || state == "3D000") {
    return absl::StatusCode::kFailedPrecondition;
  }
  if (state == "23505") return absl::StatusCode::kAlreadyExists;
  if (family == "22" || family == "23") return absl::StatusCode::kInvalidArgument;
  return absl::StatusCode::kInternal;
}

// The state of an error. libpqxx 6 leaves it empty in some exceptions, whose type then tells as much.
std::string SqlState(const pqxx::sql_error& e) {
  if (std::string state = e.sqlstate(); !state.empty()) return state;
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&e) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::undefined_table*>(&e) != nullptr) return "42P01";
  if (dynamic_cast<const pqxx::undefined_column*>(&e) != nullptr) return "42703";
  if (dynamic_cast<const pqxx::undefined_function*>(&e) != nullptr) return "42883";
  if (dynamic_cast<const pqxx::syntax_error*>(&e) != nullptr) return "42601";
  if (dynamic_cast<const pqxx::unique_violation*>(&e) != nullptr) return "23505";
  if (dynamic_cast<const pqxx::integrity_constraint_violation*>(&e) != nullptr) return "23000";
  if (dynamic_cast<const pqxx::data_exception*>(&e) != nullptr) return "22000";
  if (dynamic_cast<const pqxx::insufficient_resources*>(&e) != nullptr) return "53000";
  if (typeid(e) != typeid(pqxx::sql_error)) return "XX000";
  return "";
}

// libpqxx 6 would reconnect by itself, and the session's settings would be lost; so a connection that is known to be lost is not used again.
absl::Status Lost(absl::string_view doing) {
  return absl::UnavailableError(Message(doing, "the connection was lost before"));
}

// libpq quotes what it cannot read of a connection string, and that may be a password.
absl::Status WithoutConnectionString(const absl::Status& status) {
  const absl::string_view message = status.message();
  // The last one: of a URL whose password holds an unescaped "@", the rest of the password is taken for the host.
  const bool quoted = absl::StrContains(message, "connection info string") || absl::StrContains(message, "URI") ||
                      absl::StrContains(message, "connection option") ||
                      (absl::StrContains(message, "host name") && absl::StrContains(message, "@"));
  if (!quoted) return status;
  return absl::UnavailableError(Message(
      "connecting to PostgreSQL", "the connection string is malformed (it is not shown: it may hold a password)"));
}

}  // namespace

bool IsRetryable(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsResourceExhausted(status);
}

absl::Status StatusFromSqlState(absl::string_view sqlstate, absl::string_view doing, absl::string_view cause) {
  return absl::Status(CodeFor(sqlstate), Message(doing, cause));
}

absl::Status CatchSqlErrors(absl::string_view doing, bool* broken, absl::FunctionRef<absl::Status()> body) {
  try {
    return body();
  } catch (const pqxx::broken_connection& e) {
    *broken = true;
    return absl::UnavailableError(Message(doing, LossOf(e.what())));
  } catch (const pqxx::in_doubt_error& e) {
    *broken = true;
    return absl::UnavailableError(Message(doing, e.what()));
  } catch (const pqxx::sql_error& e) {
    // libpqxx 6 reports some lost connections as an SQL error without a state.
    const std::string state = SqlState(e);
    if (state.empty() || absl::StartsWith(View(state), "57P") || absl::StartsWith(View(state), "08")) {
      *broken = true;
      return absl::UnavailableError(Message(doing, e.what()));
    }
    return StatusFromSqlState(state, doing, e.what());
  } catch (const pqxx::transaction_rollback& e) {
    return absl::AbortedError(Message(doing, e.what()));
  } catch (const pqxx::failure& e) {
    // A connection that was lost between two statements, or in a COPY, is reported as a plain failure in words of libpqxx.
    *broken = true;
    return absl::UnavailableError(Message(doing, LossOf(e.what())));
  } catch (const std::exception& e) {
    return absl::InternalError(Message(doing, e.what()));
  }
}

Connection::Connection(std::unique_ptr<RawConnection> raw) : raw_(std::move(raw)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& url) {
  std::unique_ptr<RawConnection> raw;
  bool broken = false;
  // libpq takes one connection string; its defaults are overridden by what the string says, so a time-out is added only where it has none.
  std::string complete = url;
  if (!absl::StrContains(url, "connect_timeout")) {
    if (absl::StrContains(url, "://")) {
      absl::StrAppend(&complete, absl::StrContains(url, "?") ? "&" : "?", "connect_timeout=10");
    } else {
      absl::StrAppend(&complete, " connect_timeout=10");
    }
  }
  absl::Status status = CatchSqlErrors("connecting to PostgreSQL", &broken, [&] {
    raw = std::make_unique<RawConnection>(complete);
    pqxx::nontransaction session(raw->connection);
    session.exec(
        "SET synchronous_commit = on; SET client_min_messages = warning; SET timezone = 'UTC'; SET bytea_output = "
        "'hex'");
    return absl::OkStatus();
  });
  if (!status.ok()) return WithoutConnectionString(status);
  return std::unique_ptr<Connection>(new Connection(std::move(raw)));
}

bool Connection::IsOpen() const { return !raw_->broken && raw_->connection.is_open(); }

absl::Status Connection::Transact(absl::string_view doing, Body body) {
  if (!IsOpen()) return Lost(doing);
  return CatchSqlErrors(doing, &raw_->broken, [&] {
    pqxx::transaction<pqxx::read_committed> transaction(raw_->connection);
    absl::Status status = body(transaction);
    if (status.ok()) transaction.commit();
    return status;
  });
}

absl::Status Connection::Snapshot(absl::string_view doing, Body body) {
  if (!IsOpen()) return Lost(doing);
  return CatchSqlErrors(doing, &raw_->broken, [&] {
#if PQXX_VERSION_MAJOR >= 7
    pqxx::transaction<pqxx::isolation_level::repeatable_read, pqxx::write_policy::read_only> transaction(
        raw_->connection);
#else
    pqxx::transaction<pqxx::repeatable_read, pqxx::readwrite_policy::read_only> transaction(raw_->connection);
#endif
    absl::Status status = body(transaction);
    if (status.ok()) transaction.commit();
    return status;
  });
}

absl::Status Connection::Autocommit(absl::string_view doing, Body body) {
  if (!IsOpen()) return Lost(doing);
  return CatchSqlErrors(doing, &raw_->broken, [&] {
    pqxx::nontransaction transaction(raw_->connection);
    return body(transaction);
  });
}

absl::Status Connection::Prepare(const std::string& name, const std::string& sql) {
  auto [known, is_new] = raw_->prepared.emplace(name, sql);
  if (!is_new) {
    if (known->second == sql) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("two statements are called ", name));
  }
  absl::Status status = CatchSqlErrors("preparing a statement", &raw_->broken, [&] {
    raw_->connection.prepare(name, sql);
    return absl::OkStatus();
  });
  if (!status.ok()) raw_->prepared.erase(name);
  return status;
}

bool Connection::HasPrepared(const std::string& name) const { return raw_->prepared.contains(name); }

absl::Status Connection::ReplanAfter(absl::Duration age) {
  const absl::Time now = absl::Now();
  if (now - raw_->planned < age) return absl::OkStatus();
  raw_->planned = now;
  return Autocommit("discarding plans", [](pqxx::transaction_base& tx) {
    tx.exec("DISCARD PLANS");
    return absl::OkStatus();
  });
}

absl::Status Connection::SetStatementTimeout(absl::Duration timeout) {
  if (timeout == raw_->statement_timeout) return absl::OkStatus();
  const int64_t milliseconds =
      timeout <= absl::ZeroDuration() ? 0 : std::max<int64_t>(1, absl::ToInt64Milliseconds(timeout));
  absl::Status status = Autocommit("setting the statement timeout", [&](pqxx::transaction_base& tx) {
    tx.exec_params("SELECT set_config('statement_timeout', $1, false)", std::to_string(milliseconds));
    return absl::OkStatus();
  });
  if (status.ok()) raw_->statement_timeout = timeout;
  return status;
}

}  // namespace headway
