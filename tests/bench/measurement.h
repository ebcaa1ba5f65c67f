// What benchmark commands share: a connected channel, a distribution of spans, and one JSON object as the result.
#ifndef HEADWAY_TESTS_BENCH_MEASUREMENT_H_
#define HEADWAY_TESTS_BENCH_MEASUREMENT_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace headway::bench {

// Spans, kept exactly. Not thread-safe.
class Distribution {
 public:
  void Add(absl::Duration span) { spans_.push_back(span); }
  void Add(const Distribution& other) { spans_.insert(spans_.end(), other.spans_.begin(), other.spans_.end()); }
  size_t size() const { return spans_.size(); }
  // {"n", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"}; only n where there is none.
  nlohmann::json ToJson() const;

 private:
  std::vector<absl::Duration> spans_;
};

// A channel to the server; ends the program with a message where nobody answers within ten seconds. `own` keeps it apart from other
// channels to the same address (a connection of its own).
std::shared_ptr<grpc::Channel> ConnectTo(const std::string& server, int own = 0);

// Ends the program with a message.
[[noreturn]] void Fail(const std::string& what);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_MEASUREMENT_H_
