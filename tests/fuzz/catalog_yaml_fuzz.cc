// A catalog-info.yaml from anywhere: what is taken of it is accepted as an observation, and what is not is told with its line.
#include <vector>

#include "aggregator/projection/validate.h"
#include "ingester/catalog/declare_entity.h"
#include "ingester/catalog/yaml_entities.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  namespace catalog = headway::catalog;
  const catalog::YamlEntities found =
      catalog::DecodeYamlEntities(absl::string_view(reinterpret_cast<const char*>(data), size));
  for (const catalog::YamlEntityFault& fault : found.faults)
    Promise(fault.line >= 1 && !fault.reason.empty(), "a fault names its line and the reason");
  std::vector<catalog::Entity> entities;
  std::vector<headway::v1::Observation> observations;
  for (const catalog::Entity& entity : found.entities) {
    const absl::StatusOr<headway::v1::EntityDeclaration> declaration = catalog::DeclareEntity(entity);
    if (!declaration.ok()) continue;
    entities.push_back(entity);
    headway::v1::Observation& observation = observations.emplace_back();
    observation.set_source("catalog:fuzz");
    *observation.mutable_entity() = *declaration;
  }
  std::vector<headway::v1::EntityDeclaration*> declarations;
  for (headway::v1::Observation& observation : observations) declarations.push_back(observation.mutable_entity());
  catalog::LinkGroups(entities, declarations);
  for (const headway::v1::Observation& observation : observations) {
    Promise(!headway::Validate(observation).has_value(), "what is declared is accepted");
    headway::fuzz::PrepareAccepted(observation);
  }
  return 0;
}
