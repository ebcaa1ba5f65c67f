#include "tests/bench/measurement.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace headway::bench {

nlohmann::json Distribution::ToJson() const {
  nlohmann::json result = {{"n", spans_.size()}};
  if (spans_.empty()) return result;
  std::vector<absl::Duration> sorted = spans_;
  std::sort(sorted.begin(), sorted.end());
  // The nearest rank: a value that was measured, never one between.
  const auto at = [&sorted](double share) {
    const size_t rank = static_cast<size_t>(share * static_cast<double>(sorted.size()));
    return absl::ToDoubleMilliseconds(sorted[std::min(rank, sorted.size() - 1)]);
  };
  result["p50_ms"] = at(0.5);
  result["p90_ms"] = at(0.9);
  result["p99_ms"] = at(0.99);
  result["p999_ms"] = at(0.999);
  result["max_ms"] = at(1);
  return result;
}

std::shared_ptr<grpc::Channel> ConnectTo(const std::string& server, int own) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetInt("headway.bench.channel", own);  // channels with equal arguments would share a connection
  auto channel = grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    Fail("nobody answers at " + server);
  }
  return channel;
}

void Fail(const std::string& what) {
  fprintf(stderr, "headway_bench: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace headway::bench
