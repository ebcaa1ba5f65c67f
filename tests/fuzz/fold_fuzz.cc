// A request of the ingest service as it comes from the wire: what is valid is prepared, and folded object by object. The order of payloads and
// duplicates among them change no fold.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "aggregator/projection/fold.h"
#include "aggregator/projection/validate.h"
#include "headway/v1/ingest.pb.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

// One fold of each kind; only what is folded from at least one payload matters.
struct Folds {
  FoldedDeployment deployment;
  FoldedChange change;
  FoldedIncident incident;
  EntityDeclarationFact entity;
  StreamMappingFact mapping;
  EnvironmentRuleFact rule;
  SourceStatusFact status;
  StreamFact stream;
  MappingRuleFact mapping_rule;
};

Folds FoldAll(Payloads payloads) {
  return {FoldDeployment(payloads),   FoldChange(payloads),        FoldIncident(payloads),
          FoldEntity(payloads),       FoldStreamMapping(payloads), FoldEnvironmentRule(payloads),
          FoldSourceStatus(payloads), FoldStream(payloads),        FoldMappingRule(payloads)};
}

bool Same(const FoldedDeployment& a, const FoldedDeployment& b) {
  return a.exists == b.exists && a.fact == b.fact && a.raw_environment == b.raw_environment &&
         a.own_entity_ref == b.own_entity_ref && a.mapped_at == b.mapped_at;
}
bool Same(const FoldedChange& a, const FoldedChange& b) {
  return a.exists == b.exists && a.merged == b.merged && a.fact == b.fact && a.paths == b.paths &&
         a.updated == b.updated;
}
bool Same(const FoldedIncident& a, const FoldedIncident& b) {
  return a.exists == b.exists && a.fact == b.fact && a.raw_environment == b.raw_environment &&
         a.affected_entity_refs == b.affected_entity_refs && a.merged_into == b.merged_into;
}
bool Same(const EntityDeclarationFact& a, const EntityDeclarationFact& b) {
  return a.exists == b.exists && a.entity_ref == b.entity_ref && a.repositories == b.repositories &&
         a.aliases == b.aliases && a.title == b.title && a.deleted == b.deleted && a.annotations == b.annotations &&
         a.owner_ref == b.owner_ref && a.part_of_refs == b.part_of_refs && a.parent_refs == b.parent_refs &&
         a.member_of_refs == b.member_of_refs;
}
bool Same(const StreamMappingFact& a, const StreamMappingFact& b) {
  return a.exists == b.exists && a.source == b.source && a.id == b.id && a.stream == b.stream &&
         a.entity_ref == b.entity_ref && a.since == b.since && a.deleted == b.deleted;
}
bool Same(const EnvironmentRuleFact& a, const EnvironmentRuleFact& b) { return a == b; }
bool Same(const SourceStatusFact& a, const SourceStatusFact& b) {
  return a.exists == b.exists && a.source == b.source && a.covers == b.covers && a.complete_until == b.complete_until &&
         a.entity_refs == b.entity_refs;
}
bool Same(const Folds& a, const Folds& b) {
  return Same(a.deployment, b.deployment) && Same(a.change, b.change) && Same(a.incident, b.incident) &&
         Same(a.entity, b.entity) && Same(a.mapping, b.mapping) && Same(a.rule, b.rule) && Same(a.status, b.status) &&
         a.stream == b.stream && a.mapping_rule == b.mapping_rule;
}

void CheckResolutions(const FoldedIncident& incident) {
  absl::Time before = absl::InfinitePast();
  for (const Resolution& resolution : incident.fact.resolutions) {
    fuzz::Promise(before <= resolution.resolved && resolution.resolved < resolution.reopened,
                  "resolutions are in order, disjoint and not empty");
    before = resolution.reopened;
  }
}

void CheckObject(std::vector<std::string> payloads) {
  const Folds folds = FoldAll(payloads);
  CheckResolutions(folds.incident);
  std::reverse(payloads.begin(), payloads.end());
  fuzz::Promise(Same(folds, FoldAll(payloads)), "the order of payloads changes nothing");
  std::sort(payloads.begin(), payloads.end());
  payloads.insert(payloads.end(), payloads.begin(), payloads.begin() + static_cast<long>((payloads.size() + 1) / 2));
  payloads.push_back("\xff\xff broken");
  fuzz::Promise(Same(folds, FoldAll(payloads)), "duplicates, and what cannot be parsed, change nothing");
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headway::v1::IngestRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  std::map<std::array<uint8_t, 16>, std::vector<std::string>> objects;
  std::map<std::array<uint8_t, 16>, int64_t> streams;
  for (const headway::v1::Observation& observation : request.observations()) {
    if (headway::Validate(observation).has_value()) continue;
    headway::PreparedObservation prepared = headway::fuzz::PrepareAccepted(observation);
    const auto [stream, is_new] = streams.try_emplace(prepared.object_key.bytes, prepared.stream_id);
    headway::fuzz::Promise(is_new || stream->second == prepared.stream_id, "an object lies in one stream");
    objects[prepared.object_key.bytes].push_back(std::move(prepared.payload));
  }
  for (auto& [key, payloads] : objects) headway::CheckObject(std::move(payloads));
  return 0;
}
