// Sends observations as sources do: unary batches, several senders, each with its own connection and in its own order.
#ifndef HEADWAY_TESTS_BENCH_SEND_H_
#define HEADWAY_TESTS_BENCH_SEND_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "headway/v1/ingest.grpc.pb.h"
#include "tests/bench/measurement.h"

namespace headway::bench {

// One connection. Not thread-safe.
class Sender {
 public:
  Sender(const std::string& server, int number);

  // Sends a batch until it is acknowledged: waits and tries again where the server has no room or is out of reach; ends the program
  // at any other error.
  void Send(const v1::IngestRequest& batch);

  // What was acknowledged, how long each batch took from its first attempt, and how often one was sent again.
  int64_t stored = 0;
  int64_t duplicates = 0;
  int64_t rejected = 0;
  int64_t retries = 0;
  Distribution latency;

 private:
  std::unique_ptr<v1::IngestService::Stub> stub_;
};

// {"stored", "duplicates", "rejected", "retries", "batch"} over all senders.
nlohmann::json Sum(const std::vector<std::unique_ptr<Sender>>& senders);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_SEND_H_
