// headway-migrate: brings the schema up to date, and ends.
#include "aggregator/store/connection.h"
#include "aggregator/store/migrations.h"
#include "services/base/log.h"
#include "services/runtime/flags.h"

namespace headway {
namespace {

absl::StatusOr<MigrationReport> Run(const ServiceFlags& flags) {
  absl::StatusOr<std::string> url = DatabaseUrlFrom(flags)();
  if (!url.ok()) return url.status();
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(*url);
  if (!connection.ok()) return connection.status();
  return Migrate(**connection);
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) {
  headway::ServiceFlags flags{"headway-migrate", "Brings the schema of the database up to date."};
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags)) return *exit_code;
  absl::StatusOr<headway::MigrationReport> report = headway::Run(flags);
  if (!report.ok()) {
    headway::LogError("cannot migrate", {{"cause", report.status()}});
    return 1;
  }
  for (const std::string& name : report->applied) headway::LogInfo("migration applied", {{"name", name}});
  headway::LogInfo("schema is up to date", {{"version", report->to}});
  return 0;
}
