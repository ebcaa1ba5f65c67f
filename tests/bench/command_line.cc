#include "tests/bench/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/time/clock.h"
#include "tests/bench/call_command.h"
#include "tests/bench/history_command.h"
#include "tests/bench/load_command.h"
#include "tests/bench/read_command.h"

namespace headway::bench {
namespace {

void AddLoad(CLI::App& app, nlohmann::json& result) {
  auto options = std::make_shared<LoadOptions>();
  CLI::App* command = app.add_subcommand("load", "send deployments, as fast as they are taken or at a rate");
  command->add_option("--server", options->server)->required();
  command->add_option("--law", options->law)->check(CLI::IsMember({"even", "zipf"}));
  command->add_option("--entities", options->entities);
  command->add_option("--count", options->count);
  command->add_option("--first", options->first);
  command->add_option("--batch", options->batch);
  command->add_option("--senders", options->senders);
  command->add_option("--rate", options->rate);
  command->add_option("--tick-ms", options->tick_ms);
  command->add_option("--history-days", options->history_days);
  command->add_flag("--prepare", options->prepare);
  command->callback([options, &result] { result = Load(*options); });
}

void AddHistory(CLI::App& app, nlohmann::json& result) {
  struct Arguments : HistoryOptions {
    std::string server, tables;
    int senders = 4;
  };
  auto options = std::make_shared<Arguments>();
  options->end = absl::Now();
  CLI::App* command = app.add_subcommand("history", "send whole histories, or write them as the base line's tables");
  CLI::Option* server = command->add_option("--server", options->server);
  command->add_option("--tables", options->tables, "folder to write to")->excludes(server);
  command->add_option("--senders", options->senders);
  command->add_option("--entities", options->entities);
  command->add_option("--deployments", options->deployments, "per entity");
  command->add_option("--changes", options->changes, "per entity");
  command->add_option("--incidents", options->incidents, "per entity");
  command->add_option("--days", options->days);
  command->callback([options, &result] {
    result = options->tables.empty() ? SendHistories(options->server, options->senders, *options)
                                     : WriteTables(options->tables, *options);
  });
}

void AddReader(CLI::App& app, nlohmann::json& result, const char* name, const char* help,
               nlohmann::json (*run)(const ReadOptions&)) {
  auto options = std::make_shared<ReadOptions>();
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--server", options->server)->required();
  command->add_option("--entities", options->entities);
  command->add_option("--window-days", options->window_days);
  command->add_option("--rate", options->rate);
  command->add_option("--seconds", options->seconds);
  command->add_option("--connections", options->connections);
  command->add_option("--repeat", options->repeat);
  command->callback([options, &result, run] { result = run(*options); });
}

void AddCalls(CLI::App& app, nlohmann::json& result, const char* name, const char* help,
              nlohmann::json (*run)(const CallOptions&)) {
  auto options = std::make_shared<CallOptions>();
  CLI::App* command = app.add_subcommand(name, help);
  auto* server = command->add_option("--server", options->server, "of EchoService, by gRPC");
  command->add_option("--gateway", options->gateway, "by gRPC-web")->excludes(server);
  command->add_option("--connections", options->connections);
  command->add_option("--seconds", options->seconds);
  command->add_option("--payload", options->payload);
  command->add_option("--count", options->count);
  command->callback([options, &result, run] { result = run(*options); });
}

}  // namespace

int Main(int argc, char** argv) {
  CLI::App app("Load and measurements for benchmarks; tests/bench/run calls it.");
  app.require_subcommand(1);
  nlohmann::json result;
  AddLoad(app, result);
  AddHistory(app, result);
  AddReader(app, result, "read", "GetEntityMetrics at a steady rate", Read);
  AddReader(app, result, "pool", "BatchGetEntityMetrics of a pool", Pool);
  AddReader(app, result, "count", "counted deployments over all entities", Count);
  AddReader(app, result, "freshness", "from sending an event to its being in the answer", Freshness);
  AddCalls(app, result, "call", "small unary calls, one after the other on each connection", Calls);
  AddCalls(app, result, "stream", "one stream, as fast as it comes", StreamMessages);
  CLI11_PARSE(app, argc, argv);
  std::cout << result.dump() << std::endl;
  return 0;
}

}  // namespace headway::bench
