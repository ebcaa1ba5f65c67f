// Mutates observations at random, for as long as it is told, and holds what reads them to its promises: nothing crashes, whatever
// is accepted has one canonical form, and that form is accepted again with the same identity.
//
//   fuzz_observations SECONDS [SEED]
#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/validate.h"
#include "ingester/ndjson/observation_json.h"
#include "tests/bench/deployments.h"
#include "tests/bench/history.h"

namespace headway {
namespace {

struct Counts {
  int64_t tried = 0;
  int64_t parsed = 0;
  int64_t accepted = 0;
};

[[noreturn]] void Broken(const char* promise, const std::string& input) {
  fprintf(stderr, "fuzz_observations: %s; input in hexadecimal:\n", promise);
  for (const char byte : input) fprintf(stderr, "%02x", static_cast<unsigned char>(byte));
  fprintf(stderr, "\n");
  std::abort();
}

// Observations of all kinds to begin from.
std::vector<v1::Observation> Seeds() {
  bench::HistoryOptions options;
  options.deployments = 6;
  options.changes = 3;
  options.incidents = 3;
  options.end = absl::FromUnixSeconds(1700000000);
  std::vector<v1::Observation> seeds = bench::HistoryOf(options, 7);
  seeds.push_back(bench::DeploymentOf("argocd:fuzz", 1, 1, options.end));
  v1::StreamMapping& mapping = *seeds.emplace_back().mutable_stream_mapping();
  mapping.set_id("m");
  mapping.set_stream("app");
  mapping.set_entity_ref("component:default/app");
  v1::EnvironmentRule& rule = *seeds.emplace_back().mutable_environment_rule();
  rule.set_id("r");
  rule.set_match("prd-eu");
  rule.set_tier(v1::PRODUCTION);
  v1::SourceStatus& status = *seeds.emplace_back().mutable_source_status();
  status.set_covers(v1::SourceStatus::DEPLOYMENTS);
  status.mutable_complete_until()->set_seconds(1700000000);
  status.add_entity_refs("component:default/app");
  for (v1::Observation& seed : seeds) {
    if (seed.source().empty()) seed.set_source("fuzz");
    if (Validate(seed).has_value()) Broken("a seed is not valid", seed.SerializeAsString());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  // Flips, inserts, removes and repeats bytes; takes pieces of `other`.
  std::string Mutate(std::string text, const std::string& other) {
    for (size_t step = Below(6) + 1; step > 0; --step) {
      const size_t at = Below(text.size() + 1);
      const size_t length = Below(std::min<size_t>(16, text.size() - at) + 1);
      switch (Below(6)) {
        case 0:
          if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(random_()));
          break;
        case 2:
          text.erase(at, length);
          break;
        case 3:
          text.insert(at, text.substr(at, length));
          break;
        case 4:
          if (at < text.size()) text[at] = "\x00\x7f\x80\xff\x0a\"{}[],"[Below(12)];
          break;
        default: {
          const size_t from = Below(other.size());
          text.insert(at, other.substr(from, Below(24)));
        }
      }
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

void CheckAccepted(const v1::Observation& observation, const std::string& input, Counts& counts) {
  if (Validate(observation).has_value()) return;
  ++counts.accepted;
  const PreparedObservation prepared = Prepare(observation);
  v1::Observation again;
  if (!again.ParseFromString(prepared.payload)) Broken("a canonical payload does not parse", input);
  if (Validate(again).has_value()) Broken("a canonical payload is refused", input);
  const PreparedObservation second = Prepare(again);
  if (second.payload != prepared.payload) Broken("a canonical payload has another canonical payload", input);
  if (second.payload_key != prepared.payload_key || second.object_key != prepared.object_key ||
      second.stream_id != prepared.stream_id || second.kind != prepared.kind) {
    Broken("a canonical payload has another identity", input);
  }
  v1::Observation from_json;
  if (ObservationFromJson(ObservationToJson(observation), &from_json).has_value()) Broken("own JSON is refused", input);
  if (CanonicalPayload(from_json) != prepared.payload) Broken("JSON changes an observation", input);
}

void TryBytes(const std::string& input, Counts& counts) {
  v1::Observation observation;
  ++counts.tried;
  if (!observation.ParseFromString(input)) return;
  ++counts.parsed;
  CheckAccepted(observation, input, counts);
}

void TryLine(const std::string& input, Counts& counts) {
  v1::Observation observation;
  ++counts.tried;
  if (ObservationFromJson(input, &observation).has_value()) return;
  ++counts.parsed;
  CheckAccepted(observation, input, counts);
}

int Fuzz(absl::Duration span, uint64_t seed) {
  const google::protobuf::LogSilencer silencer;  // it complains about each text that is no UTF-8
  Mutator mutator(seed);
  std::vector<std::string> binary, lines;
  for (const v1::Observation& observation : Seeds()) {
    binary.push_back(observation.SerializeAsString());
    lines.push_back(ObservationToJson(observation));
  }
  Counts counts;
  for (const absl::Time end = absl::Now() + span; absl::Now() < end;) {
    for (int i = 0; i < 100; ++i) {
      TryBytes(mutator.Mutate(binary[mutator.Below(binary.size())], binary[mutator.Below(binary.size())]), counts);
      TryLine(mutator.Mutate(lines[mutator.Below(lines.size())], lines[mutator.Below(lines.size())]), counts);
    }
  }
  printf("{\"tried\":%lld,\"parsed\":%lld,\"accepted\":%lld}\n", static_cast<long long>(counts.tried),
         static_cast<long long>(counts.parsed), static_cast<long long>(counts.accepted));
  // Mutations that are never accepted would have tested nothing but the refusal.
  return counts.accepted > 0 ? 0 : 1;
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) {
  const long seconds = argc > 1 ? std::atol(argv[1]) : 0;
  if (seconds <= 0) {
    fprintf(stderr, "usage: fuzz_observations SECONDS [SEED]\n");
    return 2;
  }
  return headway::Fuzz(absl::Seconds(seconds), argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
}
