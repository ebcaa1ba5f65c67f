#include "services/runtime/flags.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace headway {

namespace {

void AddDatabaseFlags(CLI::App& app, ServiceFlags& flags) {
  app.add_option("--database-url", flags.database_url, "Connection string or URL of PostgreSQL")
      ->envname("HEADWAY_DATABASE_URL");
  app.add_option("--database-url-file", flags.database_url_file, "File that holds it; read again at every connect");
  app.add_option("--workers", flags.workers, "Threads that derive facts")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
}

}  // namespace

std::optional<int> ParseServiceFlags(int argc, char** argv, ServiceFlags& flags, FlagGroup* more) {
  CLI::App app(flags.description, flags.program);
  if (flags.needs_database) AddDatabaseFlags(app, flags);
  app.add_option("--listen", flags.listen, "host:port of the gRPC server")->capture_default_str();
  app.add_option("--instruments-listen", flags.instruments_listen, "host:port of /metrics; empty: none")
      ->capture_default_str();
  if (more != nullptr) more->AddTo(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (flags.needs_database && flags.database_url.empty() && flags.database_url_file.empty()) {
    std::cerr << flags.program << ": --database-url or --database-url-file is required\n";
    return 2;
  }
  return std::nullopt;
}

DatabaseUrl DatabaseUrlFrom(const ServiceFlags& flags) {
  if (flags.database_url_file.empty()) {
    return [url = flags.database_url]() -> absl::StatusOr<std::string> { return url; };
  }
  return [file = flags.database_url_file]() -> absl::StatusOr<std::string> {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return absl::UnavailableError(absl::StrCat("while reading the database's URL: cannot read ", file));
    return std::string(absl::StripAsciiWhitespace(text.str()));
  };
}

ProcessOptions ProcessOptionsFrom(const ServiceFlags& flags) {
  ProcessOptions options;
  options.listen = flags.listen;
  options.instruments_listen = flags.instruments_listen;
  return options;
}

}  // namespace headway
