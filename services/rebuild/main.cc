// headway-rebuild: derives everything again from raw observations, while services run and readers read, and ends.
#include "aggregator/rollup/rebuild.h"
#include "services/base/log.h"
#include "services/runtime/flags.h"

int main(int argc, char** argv) {
  headway::ServiceFlags flags{
      "headway-rebuild", "Derives everything again from raw observations; what comes out as it was is not touched."};
  flags.workers = 2;
  if (auto exit_code = headway::ParseServiceFlags(argc, argv, flags)) return *exit_code;
  headway::RebuildOptions options;
  options.threads = flags.workers;
  headway::ConnectionPool pool(headway::DatabaseUrlFrom(flags), static_cast<size_t>(options.threads) + 1);
  headway::GraphCache graphs;
  const absl::StatusOr<headway::RebuildResult> result = headway::RebuildAll(pool, graphs, options);
  if (!result.ok()) {
    headway::LogError("cannot rebuild", {{"cause", result.status()}});
    return 1;
  }
  headway::LogInfo("rebuilt",
                   {{"objects", result->objects}, {"entities", result->entities}, {"changed", result->changed}});
  return 0;
}
