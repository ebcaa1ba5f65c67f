// A page of a Backstage's catalog from anywhere: what is taken of it is accepted as an observation.
#include "aggregator/projection/validate.h"
#include "ingester/catalog/backstage_page.h"
#include "ingester/catalog/declare_entity.h"
#include "tests/fuzz/accepted.h"
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  headway::fuzz::SilenceProtobuf();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  const absl::string_view body(reinterpret_cast<const char*>(data), size);
  Promise(headway::catalog::BackstageErrorMessage(body).size() <= 200, "what an error says is cut");
  const absl::StatusOr<headway::catalog::BackstagePage> page = headway::catalog::DecodeBackstagePage(body);
  if (!page.ok()) return 0;
  for (const headway::catalog::Entity& entity : page->entities) {
    const absl::StatusOr<headway::v1::EntityDeclaration> declaration = headway::catalog::DeclareEntity(entity);
    if (!declaration.ok()) continue;
    headway::v1::Observation observation;
    observation.set_source("catalog:fuzz");
    *observation.mutable_entity() = *declaration;
    Promise(!headway::Validate(observation).has_value(), "what is declared is accepted");
    headway::fuzz::PrepareAccepted(observation);
  }
  return 0;
}
