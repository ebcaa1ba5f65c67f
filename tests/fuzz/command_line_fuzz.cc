// Command lines: one word a line. Whatever is typed, the program does what was asked, or says what is wrong with it and exits with 2.
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "services/cli/command.h"
#include "services/cli/scope_options.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

using fuzz::Promise;

struct Given {
  std::string ref;
  ScopeOptions scope;
  int64_t number = 1;
  uint64_t seed = 1;
  absl::Duration timeout = absl::Seconds(30);
  absl::Time since = absl::UnixEpoch();
  bool flag = false;
};

int RunWords(const std::vector<std::string>& words, Given* given, std::string* err) {
  std::ostringstream out, error;
  CommandLine line(out, error);
  Command command = line.Root().Add("metrics", "Measures");
  command.Positional("REF", &given->ref, "the entity");
  AddScopeOptions(command, &given->scope);
  command.Option("-n,--number", &given->number, "a number");
  command.Option("--seed", &given->seed, "a seed");
  command.Option("--timeout", &given->timeout, "a duration");
  command.Option("--since", &given->since, "a time");
  command.Flag("--verbose", &given->flag, "more");
  bool ran = false;
  command.Run([&ran](const CliContext&) {
    ran = true;
    return kExitOk;
  });
  std::vector<const char*> argv = {"headway"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  const int code = line.Main(static_cast<int>(argv.size()), argv.data());
  *err = error.str();
  Promise(code == kExitOk || code == kExitUsage, "a command line is run, helped, or refused");
  Promise(code == kExitOk || !err->empty(), "a refusal says why");
  return ran ? kExitOk : kExitUsage;
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> words;
  for (absl::string_view word : absl::StrSplit(text, '\n')) words.emplace_back(word.substr(0, word.find('\0')));
  headway::Given given;
  std::string err;
  if (headway::RunWords(words, &given, &err) != headway::kExitOk) return 0;
  Promise(given.timeout >= absl::ZeroDuration() && given.timeout < absl::InfiniteDuration(), "a duration is finite");
  Promise(given.since > absl::InfinitePast() && given.since < absl::InfiniteFuture(), "a time is a time");
  const auto scope = headway::ScopeOf(given.scope);
  if (!scope.ok()) {
    Promise(absl::StartsWith(scope.status().message(), "--"), "a refusal names the option");
    return 0;
  }
  Promise(scope->window_days() >= 1 && scope->window_days() <= 3660, "a window has 1 to 3660 days");
  Promise(scope->as_of().nanos() >= 0 && scope->as_of().nanos() < 1'000'000'000,
          "a time has nanoseconds below a second");
  headway::JsonOf(*scope, false);
  return 0;
}
