#include "services/cli/command.h"

#include <iostream>
#include <utility>

// The only file that includes CLI11: it costs seconds in every file that does.
#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:7400";

bool ParseInstant(const std::string& text, absl::Time* out) {
  std::string error;
  const bool parsed = absl::ParseTime(absl::RFC3339_full, text, out, &error) ||
                      absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), out, &error);
  // It also reads "infinite-future".
  return parsed && *out != absl::InfiniteFuture() && *out != absl::InfinitePast();
}

// CLI11 shows defaults on request only, and an empty one as "=".
template <typename T>
CLI::Option* ShowDefault(CLI::Option* option, const T& value, bool empty) {
  if (!empty) option->default_str(absl::StrCat(value));
  return option;
}

// "headway import" for the subcommand git of import.
std::string ParentName(const CLI::App* app) {
  if (app->get_parent() == nullptr) return "";
  const std::string before = ParentName(app->get_parent());
  return before.empty() ? app->get_parent()->get_name() : absl::StrCat(before, " ", app->get_parent()->get_name());
}

std::string Name(const CLI::App* app) {
  const std::string before = ParentName(app);
  return before.empty() ? app->get_name() : absl::StrCat(before, " ", app->get_name());
}

std::string Help(const CLI::App* app) { return app->help(ParentName(app)); }

// The deepest subcommand that the command line got to: its help is the useful one.
const CLI::App* Deepest(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

}  // namespace

Command Command::Add(const std::string& name, const std::string& help) {
  CLI::App* sub = app_->add_subcommand(name, help);
  sub->fallthrough();
  sub->footer("");  // not the examples of its parent
  return Command(sub, chosen_);
}

void Command::Positional(const std::string& name, std::string* value, const std::string& help, bool required) {
  app_->add_option(name, *value, help)->required(required);
}

void Command::Positional(const std::string& name, std::vector<std::string>* many, const std::string& help) {
  app_->add_option(name, *many, help)->required();
}

void Command::Option(const std::string& names, std::string* value, const std::string& help, bool required) {
  ShowDefault(app_->add_option(names, *value, help), *value, value->empty())->required(required);
}

void Command::Option(const std::string& names, int64_t* value, const std::string& help) {
  ShowDefault(app_->add_option(names, *value, help), *value, false);
}

void Command::Option(const std::string& names, uint64_t* value, const std::string& help) {
  ShowDefault(app_->add_option(names, *value, help), *value, false);
}

void Command::Option(const std::string& names, std::vector<std::string>* many, const std::string& help) {
  app_->add_option(names, *many, help)->expected(1)->take_all();
}

void Command::Option(const std::string& names, absl::Duration* value, const std::string& help) {
  CLI::Option* option = app_->add_option_function<std::string>(
      names,
      [value](const std::string& text) {
        // It also reads "inf".
        if (!absl::ParseDuration(text, value) || *value < absl::ZeroDuration() || *value == absl::InfiniteDuration()) {
          throw CLI::ValidationError(absl::StrCat("\"", text, "\" is no duration; write 30s, 5m or 1h30m"));
        }
      },
      help);
  ShowDefault(option, absl::FormatDuration(*value), *value == absl::ZeroDuration())->type_name("DURATION");
}

void Command::Option(const std::string& names, absl::Time* value, const std::string& help) {
  CLI::Option* option = app_->add_option_function<std::string>(
      names,
      [value](const std::string& text) {
        if (!ParseInstant(text, value)) {
          throw CLI::ValidationError(
              absl::StrCat("\"", text, "\" is no time; write 2024-05-01T12:00:00Z or 2024-05-01"));
        }
      },
      help);
  option->type_name("TIME");
}

void Command::Choice(const std::string& names, std::string* value, const std::vector<std::string>& allowed,
                     const std::string& help) {
  CLI::Option* option = app_->add_option(names, *value, help);
  ShowDefault(option, *value, value->empty());
  option->type_name(absl::StrJoin(allowed, "|"));
  option->check(
      [allowed](const std::string& text) {
        for (const std::string& one : allowed) {
          if (one == text) return std::string();
        }
        return absl::StrCat("\"", text, "\" is none of ", absl::StrJoin(allowed, ", "));
      },
      "");
}

void Command::Flag(const std::string& names, bool* value, const std::string& help) {
  app_->add_flag(names, *value, help);
}

void Command::Examples(const std::vector<std::string>& lines, const std::string& notes) {
  app_->footer(absl::StrCat("Examples:\n  ", absl::StrJoin(lines, "\n  "), "\n", notes.empty() ? "" : "\n", notes,
                            notes.empty() ? "" : "\n"));
}

void Command::Run(Action action) {
  app_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

CommandLine::CommandLine(std::ostream& out, std::ostream& err)
    : app_(std::make_unique<CLI::App>("Headway: how software delivery performs, measured exactly.", "headway")),
      chosen_(std::make_shared<Command::Action>()),
      context_{kDefaultServer, &out, &err} {
  app_->add_option("--server", context_.server, "Address of a running installation")
      ->envname("HEADWAY_SERVER")
      ->default_str(kDefaultServer)
      ->type_name("HOST:PORT");
  app_->get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

Command CommandLine::Root() { return Command(app_.get(), chosen_); }

int CommandLine::Main(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    *context_.out << Help(Deepest(app_.get()));
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    *context_.err << "headway: " << error.what() << "\nTry: " << Name(Deepest(app_.get())) << " --help\n";
    return kExitUsage;
  }
  if (*chosen_) return (*chosen_)(context_);
  // A group like `headway import` by itself: say what there is.
  *context_.err << Help(Deepest(app_.get()));
  return kExitUsage;
}

}  // namespace headway
