// headway_bench call: one small unary call after the other over each of many connections (closed loop), straight by gRPC or through the gateway; and
// headway_bench stream: one stream, as fast as it comes.
#ifndef HEADWAY_TESTS_BENCH_CALL_COMMAND_H_
#define HEADWAY_TESTS_BENCH_CALL_COMMAND_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/measurement.h"

namespace headway::bench {

struct CallOptions {
  std::string server;   // of EchoService, by gRPC; or
  std::string gateway;  // "host:port", by gRPC-web
  int connections = 1;  // each with one call at a time
  double seconds = 5;   // measured, after a tenth of it for warming up
  int payload = 100;    // bytes in each direction
  int64_t count = 0;    // of a stream's messages
};

// {"calls", "per_second", "latency"}. Blocks. Ends the program where a call fails.
nlohmann::json Calls(const CallOptions& options);
// {"messages", "per_second"}.
nlohmann::json StreamMessages(const CallOptions& options);

// The two ways. What was measured is added to `spans`; warming up is not.
void CallByGrpc(const CallOptions& options, absl::Time begin, absl::Time end, Distribution* spans);
void CallByGateway(const CallOptions& options, absl::Time begin, absl::Time end, Distribution* spans);
// Messages that came.
int64_t StreamByGrpc(const CallOptions& options);
int64_t StreamByGateway(const CallOptions& options);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_CALL_COMMAND_H_
