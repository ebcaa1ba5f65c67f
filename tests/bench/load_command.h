// headway_bench load: deployments as fast as they are taken, or at a steady rate (open loop).
#ifndef HEADWAY_TESTS_BENCH_LOAD_COMMAND_H_
#define HEADWAY_TESTS_BENCH_LOAD_COMMAND_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace headway::bench {

struct LoadOptions {
  std::string server;
  std::string law = "even";  // or "zipf"
  int64_t entities = 1000;
  int64_t count = 10000;    // deployments
  int64_t first = 0;        // number of the first: another range is other deployments
  int64_t batch = 1000;     // at most so many in one call
  int senders = 4;          // each sends the deployments of its own entities, in order
  double rate = 0;          // deployments per second; 0: as fast as they are taken
  double tick_ms = 100;     // with a rate: how long a sender collects for a batch
  double history_days = 0;  // finish spread over so many days before now, in order; 0: when they are due
  bool prepare = false;     // build all batches before the clock starts; not with a rate
};

// Blocks until everything is acknowledged.
nlohmann::json Load(const LoadOptions& options);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_LOAD_COMMAND_H_
