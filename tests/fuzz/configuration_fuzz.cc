// A configuration file from anywhere: refused with file, line and reason, or made of rules that are accepted as observations.
#include "absl/strings/match.h"
#include "aggregator/projection/validate.h"
#include "services/configuration/configuration.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

namespace {

template <typename Rule, typename Set>
void Accept(const Rule& rule, Set set) {
  headway::v1::Observation observation;
  observation.set_source("configuration");
  *set(&observation) = rule;
  headway::fuzz::Promise(!headway::Validate(observation).has_value(), "what is configured is accepted");
  headway::fuzz::PrepareAccepted(observation);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::v1::Observation;
  const auto configuration =
      headway::ParseConfiguration(absl::string_view(reinterpret_cast<const char*>(data), size), "x.yaml");
  if (!configuration.ok()) {
    headway::fuzz::Promise(absl::StartsWith(configuration.status().message(), "x.yaml:"),
                           "a fault names file and line");
    return 0;
  }
  for (const auto& rule : configuration->mapping_rules)
    Accept(rule, [](Observation* o) { return o->mutable_mapping_rule(); });
  for (const auto& rule : configuration->environments)
    Accept(rule, [](Observation* o) { return o->mutable_environment_rule(); });
  for (const auto& rule : configuration->image_tags)
    Accept(rule, [](Observation* o) { return o->mutable_image_tag_rule(); });
  return 0;
}
