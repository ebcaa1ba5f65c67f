// Whatever streams, rules, mappings and annotations say: resolving ends, in whatever order they come it comes to the same, and what has no entity has a reason.
#include "aggregator/projection/stream_resolver.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/validate.h"
#include "headway/v1/ingest.pb.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

using fuzz::Promise;

struct World {
  std::vector<StreamFact> streams;
  std::vector<MappingRuleFact> rules;
  std::vector<EnvironmentRuleFact> environments;
  std::vector<StreamMappingFact> mappings;
  std::vector<EntityClaims> claims;

  void Add(ObservationKind kind, const std::vector<std::string>& payloads) {
    if (kind == ObservationKind::kStream) streams.push_back(FoldStream(payloads));
    if (kind == ObservationKind::kMappingRule) rules.push_back(FoldMappingRule(payloads));
    if (kind == ObservationKind::kEnvironmentRule) environments.push_back(FoldEnvironmentRule(payloads));
    if (kind == ObservationKind::kStreamMapping) mappings.push_back(FoldStreamMapping(payloads));
    if (kind == ObservationKind::kEntity) {
      const EntityDeclarationFact entity = FoldEntity(payloads);
      claims.push_back(ClaimsOf(entity.entity_ref, entity.annotations));
    }
  }

  void Reverse() {
    std::reverse(rules.begin(), rules.end());
    std::reverse(environments.begin(), environments.end());
    std::reverse(mappings.begin(), mappings.end());
    std::reverse(claims.begin(), claims.end());
  }

  std::vector<StreamTarget> Resolve(bool by_terms) const {
    const StreamResolver resolver(rules, environments);
    std::vector<StreamTarget> targets;
    for (const StreamFact& stream : streams) {
      const std::vector<std::string> terms = TermsOf(stream);
      std::vector<const EntityClaims*> met;
      for (const EntityClaims& one : claims) {
        const std::vector<std::string> claimed = TermsOf(one);
        const bool meets = std::any_of(claimed.begin(), claimed.end(), [&](const std::string& term) {
          return std::binary_search(terms.begin(), terms.end(), term);
        });
        if (!by_terms || meets) met.push_back(&one);
      }
      targets.push_back(resolver.Resolve(stream, mappings, met));
    }
    return targets;
  }
};

void Check(const StreamTarget& target) {
  for (size_t i = 0; i < target.spans.size(); ++i) {
    Promise(NormaliseEntityRef(target.spans[i].entity_ref) == target.spans[i].entity_ref, "an entity is a ref");
    if (i == 0) continue;
    Promise(target.spans[i - 1].since < target.spans[i].since, "spans are in order");
    Promise(target.spans[i - 1].entity_ref != target.spans[i].entity_ref, "neighbours differ");
  }
  const bool complete = !target.spans.empty() && target.spans[0].since == absl::InfinitePast();
  Promise(complete == target.reason.empty(), "what has no entity has a reason, and nothing else");
  Promise(target.reason.empty() == target.next_step.empty(), "a reason comes with a next step");
  Promise((target.mapped_by == MappedBy::kNothing) == target.spans.empty(), "what is mapped is mapped by something");
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headway::v1::IngestRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size)) || request.observations_size() > 200) return 0;
  std::map<std::pair<headway::ObservationKind, std::array<uint8_t, 16>>, std::vector<std::string>> objects;
  for (const headway::v1::Observation& observation : request.observations()) {
    if (headway::Validate(observation).has_value()) continue;
    headway::PreparedObservation prepared = headway::fuzz::PrepareAccepted(observation);
    objects[{prepared.kind, prepared.object_key.bytes}].push_back(std::move(prepared.payload));
  }
  headway::World world;
  for (const auto& [object, payloads] : objects) world.Add(object.first, payloads);
  const std::vector<headway::StreamTarget> targets = world.Resolve(true);
  for (const headway::StreamTarget& target : targets) headway::Check(target);
  world.Reverse();
  headway::fuzz::Promise(targets == world.Resolve(true), "the order of rules, mappings and entities changes nothing");
  const std::vector<headway::StreamTarget> all = world.Resolve(false);
  for (size_t i = 0; i < targets.size(); ++i) {
    headway::fuzz::Promise(all[i].spans == targets[i].spans, "a claim that fits a stream has one of its terms");
  }
  return 0;
}
