#include "ingester/catalog/yaml_entities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace headway::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string FaultsIn(absl::string_view text) {
  std::string out;
  for (const YamlEntityFault& fault : DecodeYamlEntities(text).faults)
    absl::StrAppend(&out, out.empty() ? "" : "\n", fault.line, ": ", fault.reason);
  return out;
}

TEST(YamlEntities, ReadsWhatIsUsedAndNothingElse) {
  const YamlEntities found = DecodeYamlEntities(
      "kind: Component\nmetadata:\n  name: a\n  namespace: n\n  title: A\n  annotations:\n    argocd/app-name: x\n"
      "    headway.dev/count: true\n    pagerduty.com/integration-key: secret\n    jira/project-key: T\n"
      "spec: {type: service, owner: o, system: s, subcomponentOf: c, lifecycle: {not: read}}\n");
  EXPECT_THAT(found.faults, IsEmpty());
  ASSERT_EQ(found.entities.size(), 1u);
  const Entity& entity = found.entities[0];
  EXPECT_EQ(entity.kind, "Component");
  EXPECT_EQ(entity.name, "a");
  EXPECT_EQ(entity.name_space, "n");
  EXPECT_EQ(entity.title, "A");
  EXPECT_EQ(entity.type, "service");
  EXPECT_EQ(entity.owner, "o");
  EXPECT_EQ(entity.system, "s");
  EXPECT_EQ(entity.subcomponent_of, "c");
  EXPECT_FALSE(entity.has_relations);
  EXPECT_THAT(entity.annotations, ElementsAre(Pair("argocd/app-name", "x"), Pair("headway.dev/count", "true")));
}

TEST(YamlEntities, OneDocumentAtFaultDoesNotHinderTheOthers) {
  const YamlEntities found = DecodeYamlEntities(
      "kind: Component\nmetadata: {name: a}\n---\nkind: Component\nmetadata: {nme: b}\n---\nkind: Group\nmetadata: "
      "{name: c}\n");
  ASSERT_EQ(found.entities.size(), 2u);
  EXPECT_EQ(found.entities[1].name, "c");
  ASSERT_EQ(found.faults.size(), 1u);
  EXPECT_EQ(found.faults[0].line, 5);
}

TEST(YamlEntities, EachFaultNamesLineAndField) {
  const struct {
    const char* text;
    const char* faults;
  } kTable[] = {
      {"kind: [", "1: is no YAML: end of sequence flow not found"},
      {"- a", "1: is a list, not an entity"},
      {"metadata: {name: a}", "1: kind: is required"},
      {"kind: [Component]", "1: kind: is a list, not a text"},
      {"kind: Component", "1: metadata: is required"},
      {"kind: Component\nmetadata: a", "2: metadata: is a text, not a mapping"},
      {"kind: Component\nmetadata:\n  title: x", "3: metadata.name: is required"},
      {"kind: Component\nmetadata:\n  name: {a: b}", "3: metadata.name: is a mapping, not a text"},
      {"kind: Component\nmetadata:\n  name: a\n  annotations: [x]",
       "4: metadata.annotations: is a list, not a mapping"},
      {"kind: Component\nmetadata:\n  name: a\n  annotations:\n    argocd/app-name: [x]",
       "5: metadata.annotations.argocd/app-name: is a list, not a text"},
      {"kind: Component\nmetadata: {name: a}\nspec:\n  owner:\n    - b", "5: spec.owner: is a list, not a text"},
      {"kind: Group\nmetadata: {name: a}\nspec:\n  children: b", "4: spec.children: is a text, not a list"},
      {"kind: Group\nmetadata: {name: a}\nspec:\n  members:\n    - {a: b}",
       "5: spec.members: holds a mapping, not a text"},
      {"kind: Location\nmetadata: {name: a}", "1: spec: is required"},
  };
  for (const auto& row : kTable) EXPECT_EQ(FaultsIn(row.text), row.faults) << row.text;
}

TEST(YamlEntities, LeavesOutKindsThatSayNothing) {
  const YamlEntities found = DecodeYamlEntities(
      "kind: Template\nmetadata: {name: [any]}\n---\nkind: Location\nspec: {target: ./a.yaml, targets: [b.yaml]}\n");
  EXPECT_THAT(found.entities, IsEmpty());
  EXPECT_THAT(found.faults, IsEmpty());
  ASSERT_EQ(found.targets.size(), 2u);
  EXPECT_EQ(found.targets[0].target, "./a.yaml");
  EXPECT_EQ(found.targets[1].target, "b.yaml");
  EXPECT_EQ(found.targets[1].line, 5);
}

}  // namespace
}  // namespace headway::catalog
