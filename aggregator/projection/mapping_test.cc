#include "aggregator/projection/mapping.h"

#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }
EnvironmentRuleFact Rule(const std::string& id, const std::string& match, const std::string& name = "",
                         Tier tier = Tier::kNone) {
  return {true, id, match, name, tier, false};
}
StreamMappingFact Mapping(const std::string& id, const std::string& entity, absl::Time since = absl::InfinitePast()) {
  return {true, "s", id, "app", entity, since, false};
}
using Environment = EnvironmentRules::Environment;

TEST(EnvironmentRules, WithoutARuleUsualNamesGiveTheTier) {
  const EnvironmentRules rules;
  EXPECT_EQ(rules.Resolve("Prod"), (Environment{"Prod", Tier::kProduction}));
  EXPECT_EQ(rules.Resolve("live"), (Environment{"live", Tier::kProduction}));
  EXPECT_EQ(rules.Resolve("uat"), (Environment{"uat", Tier::kStaging}));
  EXPECT_EQ(rules.Resolve("QA"), (Environment{"QA", Tier::kTesting}));
  EXPECT_EQ(rules.Resolve("sandbox"), (Environment{"sandbox", Tier::kDevelopment}));
  EXPECT_EQ(rules.Resolve("prod-lts"), (Environment{"prod-lts", Tier::kNone}));
}

TEST(EnvironmentRules, TheLeastIdThatMatchesExactlyDecides) {
  EnvironmentRuleFact deleted = Rule("0", "live", "gone");
  deleted.deleted = true;
  const std::vector<EnvironmentRuleFact> facts = {
      Rule("b", "live", "b", Tier::kTesting), Rule("a", "live", "a", Tier::kStaging), deleted, Rule("c", "Live", "c")};
  EXPECT_EQ(EnvironmentRules(facts).Resolve("live"), (Environment{"a", Tier::kStaging}));
  EXPECT_EQ(EnvironmentRules({facts[1], facts[3], facts[0]}).Resolve("live"), (Environment{"a", Tier::kStaging}));
}

TEST(EnvironmentRules, TheTierOfAnOwnNameIsWhatTheLeastRuleThatGivesItSays) {
  const EnvironmentRuleFact rules[] = {{true, "2", "eu-old", "eu", Tier::kStaging, false},
                                       {true, "1", "eu-new", "eu", Tier::kProduction, false}};
  const EnvironmentRules environments(rules);
  EXPECT_EQ(environments.TierOf("eu"), Tier::kProduction);
  EXPECT_EQ(environments.TierOf("live"), Tier::kProduction);
  EXPECT_EQ(environments.TierOf("mars"), Tier::kNone);
}

TEST(EnvironmentRules, ARuleWithoutATierGivesTheTierOfItsName) {
  EXPECT_EQ(EnvironmentRules({Rule("a", "old", "production")}).Resolve("old"),
            (Environment{"production", Tier::kProduction}));
  EXPECT_EQ(EnvironmentRules({Rule("a", "prod", "eu-1")}).Resolve("prod"), (Environment{"eu-1", Tier::kNone}));
  EXPECT_EQ(EnvironmentRules({Rule("a", "eu", "", Tier::kProduction)}).Resolve("eu"),
            (Environment{"eu", Tier::kProduction}));
}

TEST(EnvironmentRules, AnIncidentWithoutAnEnvironmentIsProductions) {
  FoldedIncident incident;
  EnvironmentRules({Rule("a", "", "x", Tier::kTesting)}).Apply(incident);
  EXPECT_EQ(incident.fact.environment, "");
  EXPECT_EQ(incident.fact.tier, Tier::kProduction);
  incident.raw_environment = "qa";
  EnvironmentRules().Apply(incident);
  EXPECT_EQ(incident.fact.environment, "qa");
  EXPECT_EQ(incident.fact.tier, Tier::kTesting);
}

TEST(StreamMappings, TheLatestSinceNotAfterTheTimeDecides) {
  const StreamMappings mappings({Mapping("a", "component:default/old"), Mapping("b", "component:default/new", At(10))});
  EXPECT_EQ(mappings.EntityOf("s", "app", At(9)), "component:default/old");
  EXPECT_EQ(mappings.EntityOf("s", "app", At(10)), "component:default/new");
  EXPECT_EQ(mappings.EntityOf("s", "other", At(10)), "");
  EXPECT_EQ(mappings.EntityOf("t", "app", At(10)), "");
}

TEST(StreamMappings, TiesGoToTheGreatestIdAndDeletedOnesAreGone) {
  StreamMappingFact deleted = Mapping("z", "component:default/z", At(5));
  deleted.deleted = true;
  const StreamMappings mappings(
      {Mapping("b", "component:default/b", At(5)), deleted, Mapping("a", "component:default/a", At(5))});
  EXPECT_EQ(mappings.EntityOf("s", "app", At(6)), "component:default/b");
  EXPECT_EQ(mappings.EntityOf("s", "app", At(4)), "");
}

TEST(EntityOf, TheSourcesOwnRefGoesBeforeMappingsAndAliasesAreResolved) {
  EntityDeclarationFact entity;
  entity.exists = true;
  entity.entity_ref = "component:default/new";
  entity.aliases = {"component:default/old"};
  const EntityAliases aliases({entity});
  const StreamMappings mappings({Mapping("a", "component:default/old")});
  FoldedDeployment deployment;
  deployment.fact.source = "s";
  deployment.fact.stream = "app";
  deployment.mapped_at = At(1);
  EXPECT_EQ(EntityOf(deployment, mappings, aliases), "component:default/new");
  deployment.own_entity_ref = "component:default/own";
  EXPECT_EQ(EntityOf(deployment, mappings, aliases), "component:default/own");
  EXPECT_EQ(EntityOf(FoldedDeployment{}, mappings, aliases), "");
}

TEST(EntityAliases, TheLeastEntityThatDeclaresItHolds) {
  EntityDeclarationFact b{true, "component:default/b", {}, {"component:default/x"}, "", "", false};
  EntityDeclarationFact a{true, "component:default/a", {}, {"component:default/x"}, "", "", false};
  EntityDeclarationFact gone{true, "component:default/0", {}, {"component:default/x"}, "", "", true};
  EXPECT_EQ(EntityAliases({b, a, gone}).Resolve("component:default/x"), "component:default/a");
  EXPECT_EQ(EntityAliases({a, b}).Resolve("component:default/x"), "component:default/a");
  EXPECT_EQ(EntityAliases({b}).Resolve("component:default/y"), "component:default/y");
}

TEST(EntitiesOf, AMergedIncidentAffectsNothing) {
  FoldedIncident incident;
  incident.exists = true;
  incident.affected_entity_refs = {"component:default/a", "component:default/b"};
  EXPECT_THAT(EntitiesOf(incident, {}), ElementsAre("component:default/a", "component:default/b"));
  incident.merged_into = "other";
  EXPECT_THAT(EntitiesOf(incident, {}), IsEmpty());
}

TEST(TouchesPaths, ComparesWholeSegments) {
  const std::vector<std::string> prefixes = {"services/a", "lib"};
  auto touches = [&](std::vector<std::string> paths) { return TouchesPaths(prefixes, paths); };
  EXPECT_TRUE(touches({"x", "services/a/main.go"}));
  EXPECT_TRUE(touches({"services/a"}));
  EXPECT_FALSE(touches({"services/ab/x"}));
  EXPECT_FALSE(touches({"library/x", "services"}));
  EXPECT_FALSE(touches({}));
  EXPECT_TRUE(TouchesPaths(prefixes, std::nullopt));
  EXPECT_TRUE(TouchesPaths({}, std::vector<std::string>{}));
}

}  // namespace
}  // namespace headway
