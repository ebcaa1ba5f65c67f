#include "aggregator/store/migrations.h"

#include <openssl/evp.h>

#include <array>

#include <pqxx/pqxx>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace headway {

extern const char kSchemaBootstrapSql[];  // aggregator/schema/bootstrap.sql

namespace {

constexpr char kLock[] = "SELECT pg_advisory_lock(hashtext('headway.migrations'))";
constexpr char kUnlock[] = "SELECT pg_advisory_unlock(hashtext('headway.migrations'))";

std::string Checksum(absl::string_view sql) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = digest.size();
  EVP_Digest(sql.data(), sql.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// Version of the schema; 0 where there is none.
absl::StatusOr<int> SchemaVersion(Connection& connection) {
  int version = 0;
  absl::Status status = connection.Transact("reading the schema's version", [&](pqxx::transaction_base& tx) {
    if (tx.exec1("SELECT to_regclass('headway.migrations') IS NULL")[0].as<bool>()) return absl::OkStatus();
    version = tx.exec1("SELECT coalesce(max(version), 0) FROM headway.migrations")[0].as<int>();
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return version;
}

absl::Status CheckHistory(Connection& connection, absl::Span<const Migration> migrations) {
  return connection.Transact("checking the migrations that were applied", [&](pqxx::transaction_base& tx) {
    for (const pqxx::row& row : tx.exec("SELECT version, name, checksum FROM headway.migrations ORDER BY version")) {
      const int version = row[0].as<int>();
      if (version > static_cast<int>(migrations.size())) {
        return absl::FailedPreconditionError(absl::StrCat("schema is at ", version, ", this program knows ",
                                                          migrations.size(), ": use a newer program"));
      }
      if (row[2].as<std::string>() != Checksum(migrations[version - 1].sql)) {
        return absl::FailedPreconditionError(absl::StrCat("migration ", row[1].as<std::string>(),
                                                          " is not what was applied: it was changed afterwards"));
      }
    }
    return absl::OkStatus();
  });
}

absl::Status Apply(Connection& connection, const Migration& migration) {
  return connection.Transact(absl::StrCat("applying migration ", migration.name), [&](pqxx::transaction_base& tx) {
    // Superusers and members create everything in the owner's name, so that the owner can run later migrations.
    tx.exec(
        "SELECT set_config('role', 'headway_owner', true) FROM pg_roles "
        "WHERE rolname = 'headway_owner' AND pg_has_role(current_user, oid, 'MEMBER')");
    tx.exec(std::string(migration.sql));
    tx.exec_params("INSERT INTO headway.migrations (version, name, checksum) VALUES ($1, $2, $3)", migration.version,
                   std::string(migration.name), Checksum(migration.sql));
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<MigrationReport> Migrate(Connection& connection, absl::Span<const Migration> migrations) {
  auto run = [&](const char* sql) {
    return connection.Autocommit("locking the migrations", [&](pqxx::transaction_base& tx) {
      tx.exec(sql);
      return absl::OkStatus();
    });
  };
  if (absl::Status status = run(kLock); !status.ok()) return status;
  auto unlock = absl::MakeCleanup([&] { run(kUnlock).IgnoreError(); });

  absl::Status status =
      connection.Transact("preparing roles and the table of migrations", [](pqxx::transaction_base& tx) {
        tx.exec(kSchemaBootstrapSql);
        return absl::OkStatus();
      });
  if (status.ok()) status = CheckHistory(connection, migrations);
  if (!status.ok()) return status;

  absl::StatusOr<int> version = SchemaVersion(connection);
  if (!version.ok()) return version.status();
  MigrationReport report{*version, *version, {}};
  for (const Migration& migration : migrations) {
    if (migration.version <= report.to) continue;
    status = Apply(connection, migration);
    if (!status.ok()) return status;
    report.to = migration.version;
    report.applied.emplace_back(migration.name);
  }
  return report;
}

absl::Status CheckSchema(Connection& connection, absl::Span<const Migration> migrations) {
  absl::StatusOr<int> version = SchemaVersion(connection);
  if (!version.ok()) return version.status();
  if (*version >= static_cast<int>(migrations.size())) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("schema is at ", *version, ", this program needs ", migrations.size(), ": run headway-migrate"));
}

}  // namespace headway
