#include "ingester/catalog/declare_entity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "ingester/catalog/entity_reference.h"
#include "ingester/catalog/yaml_entities.h"

namespace headway::catalog {
namespace {

MATCHER_P(IsProto, text, "") {
  v1::EntityDeclaration wanted;
  if (!google::protobuf::TextFormat::ParseFromString(text, &wanted)) return false;
  *result_listener << arg.ShortDebugString();
  return google::protobuf::util::MessageDifferencer::Equals(wanted, arg);
}

// All of a text, linked.
std::vector<v1::EntityDeclaration> Declared(absl::string_view text) {
  const YamlEntities found = DecodeYamlEntities(text);
  EXPECT_TRUE(found.faults.empty());
  std::vector<v1::EntityDeclaration> declarations;
  std::vector<v1::EntityDeclaration*> pointers;
  for (const Entity& entity : found.entities) declarations.push_back(DeclareEntity(entity).value());
  for (v1::EntityDeclaration& declaration : declarations) pointers.push_back(&declaration);
  LinkGroups(found.entities, pointers);
  return declarations;
}

std::vector<v1::EntityDeclaration> DeclaredInFile(const std::string& name) {
  std::ifstream in(std::string(HEADWAY_TEST_DATA "/backstage-catalog/") + name);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(in.is_open()) << name;
  return Declared(text.str());
}

TEST(EntityReference, HasOneNormalForm) {
  EXPECT_EQ(ParseReference("a", "Group"), "group:default/a");
  EXPECT_EQ(ParseReference(" User:A ", "group", "N"), "user:n/a");
  EXPECT_EQ(ParseReference("n/A", "group"), "group:n/a");
  EXPECT_EQ(ParseReference("user:n/a", "group"), "user:n/a");
  for (const char* bad : {"", ":", "a:", ":a", "/", "a/", "a:b:c", "a:b/c/d", "a b", "group:/a", "a\nb"})
    EXPECT_EQ(ParseReference(bad, "group"), std::nullopt) << bad;
  EXPECT_EQ(ParseReference(std::string(600, 'a'), "group"), std::nullopt);
  EXPECT_EQ(ParseReference("a", ""), std::nullopt);
}

TEST(DeclareEntity, OfAComponent) {
  EXPECT_THAT(
      Declared("kind: Component\nmetadata:\n  name: Payments\n  namespace: Shop\n  title: Pay\n  annotations:\n"
               "    github.com/project-slug: acme/payments\n    headway.dev/aliases: billing, component:old/pay\n"
               "spec: {type: service, owner: team-a, system: checkout, subcomponentOf: component:default/till}\n")[0],
      IsProto("entity_ref: 'component:shop/payments' title: 'Pay' type: 'service' owner_ref: 'group:shop/team-a' "
              "part_of_refs: 'component:default/till' part_of_refs: 'system:shop/checkout' "
              "repositories { repository: 'github.com/acme/payments' } aliases: 'component:old/pay' "
              "aliases: 'component:shop/billing' "
              "annotations { key: 'github.com/project-slug' value: 'acme/payments' } "
              "annotations { key: 'headway.dev/aliases' value: 'billing, component:old/pay' }"));
}

TEST(DeclareEntity, OfSystemsAndDomains) {
  const auto declared = Declared(
      "kind: System\nmetadata: {name: s}\nspec: {owner: user:jo, domain: d}\n---\n"
      "kind: Domain\nmetadata: {name: d}\nspec: {subdomainOf: x/top}\n---\nkind: API\nmetadata: {name: a}\nspec: "
      "{system: s}\n");
  EXPECT_THAT(declared[0],
              IsProto("entity_ref: 'system:default/s' owner_ref: 'user:default/jo' part_of_refs: 'domain:default/d'"));
  EXPECT_THAT(declared[1], IsProto("entity_ref: 'domain:default/d' part_of_refs: 'domain:x/top'"));
  EXPECT_THAT(declared[2], IsProto("entity_ref: 'api:default/a' part_of_refs: 'system:default/s'"));
}

TEST(DeclareEntity, GroupsSayWhoIsBelowThem) {
  const auto declared = Declared(
      "kind: Group\nmetadata: {name: top}\nspec: {type: org, children: [a], members: [jo, nobody]}\n---\n"
      "kind: Group\nmetadata: {name: a}\nspec: {parent: other}\n---\nkind: User\nmetadata: {name: jo}\nspec: "
      "{memberOf: [a]}\n");
  ASSERT_EQ(declared.size(), 3u);
  EXPECT_THAT(
      declared[1],
      IsProto("entity_ref: 'group:default/a' parent_refs: 'group:default/other' parent_refs: 'group:default/top'"));
  EXPECT_THAT(
      declared[2],
      IsProto("entity_ref: 'user:default/jo' member_of_refs: 'group:default/a' member_of_refs: 'group:default/top'"));
}

TEST(DeclareEntity, OfAUserNothingButTheGroups) {
  EXPECT_THAT(
      Declared(
          "kind: User\nmetadata:\n  name: jo\n  title: Jo Doe\n  annotations: {argocd/app-name: x, "
          "github.com/project-slug: jo/dots}\nspec:\n  type: person\n  owner: jo\n  profile: {displayName: Jo Doe, "
          "email: jo@example.com}\n  memberOf: [group:eu/a, a, '']\n")[0],
      IsProto("entity_ref: 'user:default/jo' member_of_refs: 'group:default/a' member_of_refs: 'group:eu/a'"));
}

TEST(DeclareEntity, RelationsOfACatalogHoldOverWhatTheEntitySays) {
  Entity entity;
  entity.kind = "Component";
  entity.name = "a";
  entity.owner = "wrong";
  entity.system = "wrong";
  entity.has_relations = true;
  entity.relations = {{"ownedBy", "group:default/b"}, {"ownedBy", "group:default/a"},
                      {"partOf", "system:default/s"}, {"dependsOn", "resource:default/r"},
                      {"partOf", "no-kind"},          {"ownerOf", "x:y/z"}};
  EXPECT_THAT(
      *DeclareEntity(entity),
      IsProto("entity_ref: 'component:default/a' owner_ref: 'group:default/a' part_of_refs: 'system:default/s'"));
  entity.kind = "Group";
  entity.relations = {{"childOf", "group:default/p"}, {"parentOf", "group:default/c"}, {"hasMember", "user:default/u"}};
  EXPECT_THAT(*DeclareEntity(entity), IsProto("entity_ref: 'group:default/a' parent_refs: 'group:default/p'"));
  entity.kind = "User";
  entity.relations = {{"memberOf", "group:default/g"}};
  EXPECT_THAT(*DeclareEntity(entity), IsProto("entity_ref: 'user:default/a' member_of_refs: 'group:default/g'"));
}

TEST(DeclareEntity, WhatIsTooLargeIsLeftOut) {
  Entity entity;
  entity.kind = "Component";
  entity.name = "a";
  entity.title = std::string(1025, 't');
  entity.type = "a\nb";
  entity.annotations["argocd/app-name"] = std::string(1025, 'v');
  for (int i = 0; i < 300; ++i) entity.annotations["headway.dev/" + std::to_string(1000 + i)] = "x";
  const v1::EntityDeclaration declaration = *DeclareEntity(entity);
  EXPECT_EQ(declaration.title(), "");
  EXPECT_EQ(declaration.type(), "");
  EXPECT_EQ(declaration.annotations_size(), 200);
  EXPECT_FALSE(declaration.annotations().contains("argocd/app-name"));
  for (const char* bad : {"", "a/b", "a:b", "a b"}) {
    entity.name = bad;
    EXPECT_EQ(DeclareEntity(entity).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(DeclareEntity, OfOneThatIsGone) {
  EXPECT_THAT(DeclareGone("component:default/a"), IsProto("entity_ref: 'component:default/a' deleted: true"));
}

TEST(DeclareEntity, OfTheExamplesOfBackstage) {
  const auto entities = DeclaredInFile("entities.yaml");
  ASSERT_EQ(entities.size(), 3u);
  EXPECT_THAT(entities[1], IsProto("entity_ref: 'component:default/example-website' type: 'website' owner_ref: "
                                   "'group:default/guests' part_of_refs: 'system:default/examples'"));
  EXPECT_THAT(DeclaredInFile("org.yaml")[0],
              IsProto("entity_ref: 'user:default/guest' member_of_refs: 'group:default/guests'"));
  const auto components = DeclaredInFile("catalog-model_components.yaml");
  EXPECT_THAT(components[0],
              IsProto("entity_ref: 'component:alternative/different-namespace' type: 'service' owner_ref: "
                      "'group:default/team-a'"));
  EXPECT_THAT(components[2],
              IsProto("entity_ref: 'system:default/artist-engagement-portal' title: 'Artist Engagement Portal' "
                      "owner_ref: 'group:default/team-a' part_of_refs: 'domain:default/artists'"));
  EXPECT_THAT(
      DeclaredInFile("catalog-model_org.yaml")[1],
      IsProto("entity_ref: 'group:default/infrastructure' type: 'department' parent_refs: 'group:default/acme-corp'"));
  const auto team = DeclaredInFile("catalog-model_team-a-group.yaml");
  ASSERT_EQ(team.size(), 6u);
  for (const v1::EntityDeclaration& declaration : team) {
    EXPECT_EQ(declaration.DebugString().find("@"), std::string::npos) << declaration.DebugString();
    EXPECT_EQ(declaration.DebugString().find("Davis"), std::string::npos);
  }
  EXPECT_THAT(team[5], IsProto("entity_ref: 'user:development/guest' member_of_refs: 'group:default/team-a'"));
}

TEST(DeclareEntity, OfAPluginsExamples) {
  const auto roadie = DeclaredInFile("roadie-test-entity.yaml");
  ASSERT_EQ(roadie.size(), 6u);
  EXPECT_THAT(
      roadie[1],
      IsProto("entity_ref: 'component:default/sample-service-github' type: 'service' owner_ref: 'group:default/roadie' "
              "repositories { repository: 'github.com/RoadieHQ/roadie-backstage-plugins' } "
              "annotations { key: 'argocd/app-name' value: 'test-app' } annotations { key: 'github.com/project-slug' "
              "value: 'RoadieHQ/roadie-backstage-plugins' }"));
}

}  // namespace
}  // namespace headway::catalog
