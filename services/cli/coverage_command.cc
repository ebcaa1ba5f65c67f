// `headway coverage`: how much is seen, as tables.
#include <memory>
#include <ostream>

#include "services/cli/commands.h"
#include "services/cli/connection.h"
#include "services/cli/coverage_call.h"
#include "services/cli/coverage_text.h"
#include "services/cli/scope_options.h"

namespace headway {
namespace {

struct CoverageOptions {
  std::string entity_ref;
  int64_t window_days = 30;
  int64_t limit = 20;
  std::string format = "table";
};

int Coverage(const CliContext& context, const CoverageOptions& options) {
  v1::GetCoverageRequest request;
  request.set_entity_ref(options.entity_ref);
  request.set_window_days(static_cast<int32_t>(options.window_days));
  request.set_limit(static_cast<int32_t>(options.limit));
  const absl::StatusOr<v1::GetCoverageResponse> coverage = AskCoverage(context, request);
  if (!coverage.ok()) return ReportError(context, coverage.status());
  *context.out << (options.format == "json" ? JsonOf(*coverage, true) : CoverageText(*coverage, WantsColours(context)));
  return kExitOk;
}

}  // namespace

void RegisterCoverage(Command root) {
  Command command = root.Add("coverage", "Show what each source sees, and what is mapped to no entity");
  auto options = std::make_shared<CoverageOptions>();
  command.Positional("REF", &options->entity_ref, "Only what concerns this entity", false);
  command.Option("--window-days", &options->window_days, "How far back, 1 to 3660");
  command.Option("--limit", &options->limit, "How many of each list, 1 to 1000");
  command.Choice("--format", &options->format, {"table", "json"}, "How to print it");
  command.Examples({"headway coverage", "headway coverage component:default/payments",
                    "headway coverage --limit 1000 --format json"},
                   "`headway doctor` says what to do about what is missing.");
  command.Run([options](const CliContext& context) { return Coverage(context, *options); });
}

}  // namespace headway
