// What catalog and configuration say in a random world: declarations, mappings, rules.
#include "absl/strings/str_cat.h"
#include "aggregator/rollup/random_world.h"

namespace headway::testing {
namespace {

const char* const kEnvironments[] = {"prod", "prod", "prod", "live-eu", "staging"};

}  // namespace

v1::Observation RandomWorld::Mapping() {
  v1::Observation observation;
  observation.set_source(Chance(80) ? "cd:1" : "cd:2");
  v1::StreamMapping& mapping = *observation.mutable_stream_mapping();
  mapping.set_id(absl::StrCat("m", Below(6)));
  mapping.set_version(++version_);
  mapping.set_stream(absl::StrCat("app", Below(4)));
  mapping.set_entity_ref(Chance(85) ? Entity() : "component:default/alias0");
  if (Chance(40)) mapping.mutable_since()->set_seconds(now_ - Below(300'000));
  mapping.set_deleted(Chance(15));
  return observation;
}

v1::Observation RandomWorld::EnvironmentRule() {
  v1::Observation observation;
  observation.set_source("catalog");
  v1::EnvironmentRule& rule = *observation.mutable_environment_rule();
  rule.set_id(absl::StrCat("rule", Below(3)));
  rule.set_version(++version_);
  rule.set_match(Chance(50) ? "live-eu" : kEnvironments[Below(5)]);
  if (Chance(50)) rule.set_name(Chance(50) ? "prod" : "prod-eu");
  if (Chance(70)) rule.set_tier(Chance(70) ? v1::PRODUCTION : v1::STAGING);
  rule.set_deleted(Chance(20));
  if (Chance(40)) {
    Select(rule.mutable_where());
    rule.set_order(Below(3));
    if (Chance(30)) rule.set_name("prod-${name}");
  }
  return observation;
}

v1::Observation RandomWorld::Stream() {
  v1::Observation observation;
  observation.set_source(Chance(80) ? "argocd:a" : "cd:1");
  v1::StreamDeclaration& stream = *observation.mutable_stream();
  stream.set_stream(absl::StrCat("app", Below(4)));
  stream.set_version(++version_);
  stream.set_name(Chance(80) ? stream.stream() : absl::StrCat("app", Below(4)));
  stream.set_namespace_(Chance(70) ? "argocd" : "team");
  stream.set_instance(Chance(70) ? "a" : "b");
  if (Chance(10)) stream.set_entity_ref(Chance(50) ? Entity() : "component:default/alias0");
  if (Chance(50)) (*stream.mutable_labels())["team"] = absl::StrCat("t", Below(2));
  if (Chance(30)) (*stream.mutable_labels())["backstage.io/kubernetes-id"] = absl::StrCat("k", Below(3));
  stream.set_destination_cluster(Chance(50) ? "eu" : "us");
  stream.set_destination_namespace(Chance(50) ? "shop-prod" : "shop-staging");
  stream.set_not_counted(Chance(15));
  stream.set_deleted(Chance(10));
  return observation;
}

void RandomWorld::Select(v1::StreamSelector* where) {
  where->set_name(Chance(50) ? "(?P<name>.*)" : absl::StrCat("(?P<name>app[", Below(4), Below(4), "])"));
  if (Chance(30)) where->set_source(Chance(50) ? "argocd:.*" : "cd:1");
  if (Chance(30)) where->set_destination_cluster("eu");
  if (Chance(20)) (*where->mutable_labels())["team"] = absl::StrCat("t", Below(2));
}

v1::Observation RandomWorld::MappingRule() {
  v1::Observation observation;
  observation.set_source("config");
  v1::MappingRule& rule = *observation.mutable_mapping_rule();
  rule.set_id(absl::StrCat("rule", Below(4)));
  rule.set_version(++version_);
  rule.set_order(Below(3));
  Select(rule.mutable_where());
  rule.set_entity_ref(Chance(60) ? Entity() : Chance(50) ? "component:default/${name}" : "${name} is no ref");
  if (Chance(40)) rule.mutable_since()->set_seconds(now_ - Below(300'000));
  rule.set_deleted(Chance(15));
  return observation;
}

void RandomWorld::Annotate(v1::EntityDeclaration* entity) {
  auto& annotations = *entity->mutable_annotations();
  if (Chance(30)) annotations["argocd/app-name"] = absl::StrCat("app", Below(4));
  if (Chance(20)) annotations["argocd/app-selector"] = absl::StrCat("team in (t", Below(2), ", x)");
  if (Chance(15)) annotations["argocd/app-namespace"] = Chance(50) ? "argocd" : "team";
  if (Chance(15)) annotations["argocd/instance-name"] = Chance(50) ? "a" : "b";
  if (Chance(15)) annotations["backstage.io/kubernetes-id"] = absl::StrCat("k", Below(3));
  if (Chance(10)) annotations["note"] = absl::StrCat("n", Below(3));
  if (Chance(40)) entity->add_part_of_refs(absl::StrCat("system:default/s", Below(2)));
  if (Chance(40)) entity->set_owner_ref(absl::StrCat("group:default/g", Below(2)));
}

v1::Observation RandomWorld::Declaration() {
  v1::Observation observation;
  observation.set_source(Chance(60) ? "catalog:portal" : Chance(50) ? "git:r/one" : "git:r/two");
  v1::EntityDeclaration& entity = *observation.mutable_entity();
  entity.set_entity_ref(count_ <= 3 ? absl::StrCat("component:default/e", count_ - 1) : Entity());
  entity.set_version(++version_);
  for (int r = 0; r < Repositories(); ++r) {
    if (!Chance(70)) continue;
    v1::EntityRepository& repository = *entity.add_repositories();
    repository.set_repository(Repository(r));
    if (Chance(30)) repository.add_path_prefixes(Chance(50) ? "services/a" : "services/b");
  }
  if (Chance(20)) entity.add_aliases(absl::StrCat("component:default/alias", Below(2)));
  if (Chance(10)) entity.add_aliases("component:default/e4");
  entity.set_title(absl::StrCat("Title ", Below(3)));
  if (Chance(20)) (*entity.mutable_annotations())["headway.dev/image"] = Chance(50) ? "r/web" : "job";
  entity.set_deleted(Chance(5));
  Annotate(&entity);
  return observation;
}

}  // namespace headway::testing
