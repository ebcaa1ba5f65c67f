// headway_bench read, pool, count, freshness: what a reader sees.
#ifndef HEADWAY_TESTS_BENCH_READ_COMMAND_H_
#define HEADWAY_TESTS_BENCH_READ_COMMAND_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace headway::bench {

struct ReadOptions {
  std::string server;
  int64_t entities = 1000;  // entity numbers 0 to entities - 1
  int window_days = 30;
  double rate = 1000;  // requests per second
  double seconds = 10;
  int connections = 4;
  int64_t repeat = 20;  // calls of pool, events of freshness
};

// GetEntityMetrics of entities at random, at a steady rate whatever the answers take (open loop): each span is measured from the
// time at which the request was due.
nlohmann::json Read(const ReadOptions& options);

// The pool of all entities (at most 2,000), again and again: the first call apart from the others.
nlohmann::json Pool(const ReadOptions& options);

// Counted deployments over all entities, as the answers have them.
nlohmann::json Count(const ReadOptions& options);

// Sends one deployment after the other, and asks until the answer has it: from before the send to the answer.
nlohmann::json Freshness(const ReadOptions& options);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_READ_COMMAND_H_
