#include "aggregator/projection/stream_resolver.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/projection/natural_key.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Environment = EnvironmentRules::Environment;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }
constexpr absl::Time kAlways = absl::InfinitePast();

StreamFact App(const std::string& name, Labels labels = {}) {
  StreamFact stream;
  stream.exists = true;
  stream.source = "argocd:one";
  stream.stream = absl::StrCat("argocd/", name);
  stream.name = name;
  stream.namespace_ = "argocd";
  stream.instance = "one";
  stream.labels = std::move(labels);
  stream.destination_cluster = "in-cluster";
  stream.destination_namespace = "shop-prod";
  stream.project = "shop";
  return stream;
}

MappingRuleFact Rule(const std::string& id, const std::string& name, const std::string& entity, int64_t order = 0,
                     absl::Time since = kAlways) {
  MappingRuleFact rule;
  rule.exists = true;
  rule.source = "config";
  rule.id = id;
  rule.order = order;
  rule.where.name = name;
  rule.entity_ref = entity;
  rule.since = since;
  return rule;
}

StreamMappingFact Mapping(const std::string& id, const std::string& entity, absl::Time since = kAlways) {
  return {true, "argocd:one", id, "argocd/pay", entity, since, false};
}

// A resolver with what it is asked about.
struct World {
  std::vector<MappingRuleFact> rules;
  std::vector<EnvironmentRuleFact> environments;
  std::vector<StreamMappingFact> mappings;
  std::vector<EntityClaims> claims;

  World& Entity(const std::string& ref, const Labels& annotations) {
    claims.push_back(ClaimsOf(ref, annotations));
    return *this;
  }
  StreamTarget Resolve(const StreamFact& stream) const {
    std::vector<const EntityClaims*> all;
    for (const EntityClaims& one : claims) all.push_back(&one);
    return StreamResolver(rules, environments).Resolve(stream, mappings, all);
  }
  std::string EntityOf(const StreamFact& stream) const { return Resolve(stream).EntityAt(At(0)); }
};

TEST(StreamResolver, TakesTheFirstOfSourceMappingAnnotationAndRule) {
  World world;
  StreamFact stream = App("pay");
  world.rules = {Rule("r", "pay", "component:default/rule")};
  EXPECT_EQ(world.Resolve(stream).mapped_by, MappedBy::kRule);
  EXPECT_EQ(world.EntityOf(stream), "component:default/rule");
  EXPECT_TRUE(world.Resolve(stream).asks_rules);
  world.Entity("component:default/annotated", {{kAppName, "pay"}});
  EXPECT_EQ(world.EntityOf(stream), "component:default/annotated");
  EXPECT_EQ(world.Resolve(stream).because, "annotation argocd/app-name: pay");
  EXPECT_FALSE(world.Resolve(stream).asks_rules);
  world.mappings = {Mapping("m", "component:default/mapped")};
  EXPECT_EQ(world.EntityOf(stream), "component:default/mapped");
  stream.entity_ref = "component:default/own";
  EXPECT_EQ(world.EntityOf(stream), "component:default/own");
  EXPECT_EQ(world.Resolve(stream).mapped_by, MappedBy::kSource);
  EXPECT_EQ(world.Resolve(stream).reason, "");
}

TEST(StreamResolver, AnnotationsGoByNameThenSelectorThenKubernetesId) {
  World world;
  const StreamFact stream = App("pay", {{"team", "a"}, {kKubernetesId, "pay-k"}});
  world.Entity("component:default/k", {{kKubernetesId, "pay-k"}});
  EXPECT_EQ(world.Resolve(stream).mapped_by, MappedBy::kKubernetes);
  world.Entity("component:default/s", {{kAppSelector, "team in (a, b)"}});
  EXPECT_EQ(world.Resolve(stream).mapped_by, MappedBy::kSelector);
  world.Entity("component:default/n", {{kAppName, "other, pay"}});
  EXPECT_EQ(world.EntityOf(stream), "component:default/n");
}

TEST(StreamResolver, TheSinceOfAMappingLeavesWhatWasBefore) {
  World world;
  world.Entity("component:default/annotated", {{kAppName, "pay"}});
  world.mappings = {Mapping("b", "component:default/late", At(20)), Mapping("a", "component:default/early", At(10)),
                    Mapping("c", "component:default/later", At(20))};
  EXPECT_THAT(world.Resolve(App("pay")).spans, ElementsAre(StreamSpan{kAlways, "component:default/annotated"},
                                                           StreamSpan{At(10), "component:default/early"},
                                                           StreamSpan{At(20), "component:default/later"}));
  world.claims.clear();
  const StreamTarget target = world.Resolve(App("pay"));
  EXPECT_EQ(target.EntityAt(At(9)), "");
  EXPECT_EQ(target.EntityAt(At(10)), "component:default/early");
  EXPECT_THAT(target.reason, HasSubstr("before 1970-01-01T00:00:10Z: no entity carries argocd/app-name: pay"));
}

TEST(StreamResolver, OfRulesTheLeastOrderAndIdHoldsFromItsSinceOn) {
  World world;
  world.rules = {Rule("b", "pay", "component:default/b"), Rule("a", "pay", "component:default/a", 0, At(10)),
                 Rule("z", "pay", "component:default/z", -1, At(20)),
                 Rule("c", "pay", "component:default/c", 5, At(5))};
  EXPECT_THAT(world.Resolve(App("pay")).spans,
              ElementsAre(StreamSpan{kAlways, "component:default/b"}, StreamSpan{At(10), "component:default/a"},
                          StreamSpan{At(20), "component:default/z"}));
  EXPECT_EQ(world.Resolve(App("pay")).because, "rule z");
  world.rules[2].deleted = true;
  EXPECT_EQ(world.Resolve(App("pay")).EntityAt(At(30)), "component:default/a");
}

TEST(StreamResolver, ARuleNamesTheEntityByWhatItsGroupsTook) {
  World world;
  MappingRuleFact rule = Rule("r", "(?P<app>[a-z]+)-(?:prod|staging)", "${app}");
  rule.entity_ref = "component:${ns}/${app}";
  rule.where.destination_namespace = "(?P<ns>[^-]+)-.*";
  world.rules = {rule};
  EXPECT_EQ(world.EntityOf(App("pay-prod")), "component:shop/pay");
  EXPECT_EQ(world.EntityOf(App("pay-prod2")), "") << "a whole value must fit";
  world.rules[0].entity_ref = "component:default/${nobody}";
  EXPECT_EQ(world.EntityOf(App("pay-prod")), "");
  world.rules[0].entity_ref = "no ref ${app}";
  EXPECT_EQ(world.EntityOf(App("pay-prod")), "");
  world.rules[0].entity_ref = "Component:Default/${app";
  EXPECT_EQ(world.EntityOf(App("pay-prod")), "component:default/${app") << "not closed: as it stands";
}

TEST(StreamResolver, EveryFieldOfASelectorMustFit) {
  struct Case {
    const char* name;
    std::string StreamSelectorFact::*field;
    const char* fits;
  };
  for (const Case& one : std::vector<Case>{{"source", &StreamSelectorFact::source, "argocd:.*"},
                                           {"stream", &StreamSelectorFact::stream, "argocd/pay"},
                                           {"name", &StreamSelectorFact::name, "p.y"},
                                           {"namespace", &StreamSelectorFact::namespace_, "argocd"},
                                           {"cluster", &StreamSelectorFact::destination_cluster, "in-.*"},
                                           {"destination", &StreamSelectorFact::destination_namespace, ".*-prod"},
                                           {"project", &StreamSelectorFact::project, "shop"}}) {
    World world;
    world.rules = {Rule("r", "", "component:default/x")};
    world.rules[0].where.*one.field = one.fits;
    EXPECT_EQ(world.EntityOf(App("pay")), "component:default/x") << one.name;
    world.rules[0].where.*one.field = "nothing";
    EXPECT_EQ(world.EntityOf(App("pay")), "") << one.name;
  }
  World world;
  world.rules = {Rule("r", "", "component:default/x")};
  EXPECT_EQ(world.EntityOf(App("pay")), "component:default/x") << "nothing set: all";
  world.rules[0].where.labels = {{"team", "a"}};
  EXPECT_EQ(world.EntityOf(App("pay")), "");
  EXPECT_EQ(world.EntityOf(App("pay", {{"team", "a"}, {"x", "y"}})), "component:default/x");
}

TEST(StreamResolver, RulesAreAboutUndeclaredStreamsToo) {
  World world;
  world.rules = {Rule("r", "", "component:default/${p}")};
  world.rules[0].where.stream = "deploy-(?P<p>.*)";
  StreamFact stream;
  stream.source = "ci";
  stream.stream = "deploy-pay";
  EXPECT_EQ(world.EntityOf(stream), "component:default/pay");
  stream.stream = "other";
  const StreamTarget none = world.Resolve(stream);
  EXPECT_EQ(none.reason, "its deployments name no entity, no mapping is about it and no rule fits");
  EXPECT_THAT(none.next_step, HasSubstr("stream other of ci"));
}

TEST(StreamResolver, HostileExpressionsAreHarmless) {
  World world;
  for (const char* bad : {"(", "[", "(?P<a>x)(?P<a>y)", "\\", "a{1001}", "(?!x)"}) {
    world.rules.push_back(Rule(absl::StrCat("bad", bad), bad, "component:default/bad"));
  }
  world.rules.push_back(Rule("slow", "((a*)*)*b", "component:default/slow", 1));
  world.rules.push_back(Rule("wide", "(.{1,500}){1,2}x", "component:default/wide", 2));
  const absl::Time start = absl::Now();
  EXPECT_EQ(world.EntityOf(App(std::string(512, 'a'))), "");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_EQ(world.EntityOf(App(std::string(500, 'a') + "b")), "component:default/slow");
}

TEST(StreamResolver, TakesTheFirstThousandRules) {
  World world;
  for (int i = 0; i < 1001; ++i) {
    world.rules.push_back(Rule("r", absl::StrCat("app", i), "component:default/x", i));
  }
  EXPECT_EQ(world.EntityOf(App("app999")), "component:default/x");
  EXPECT_EQ(world.EntityOf(App("app1000")), "");
}

TEST(StreamResolver, SeveralEntitiesThatClaimOneStreamGetNothing) {
  World world;
  world.Entity("component:default/b", {{kAppName, "pay"}}).Entity("component:default/a", {{kAppName, "pay"}});
  world.rules = {Rule("r", ".*", "component:default/rule")};
  StreamTarget target = world.Resolve(App("pay"));
  EXPECT_THAT(target.spans, IsEmpty());
  EXPECT_EQ(target.reason, "component:default/a and component:default/b carry argocd/app-name: pay");
  EXPECT_THAT(target.next_step, HasSubstr("argocd/instance-name"));
  EXPECT_FALSE(target.asks_rules);
  std::swap(world.claims[0], world.claims[1]);
  EXPECT_EQ(world.Resolve(App("pay")), target) << "whatever the order";
}

TEST(StreamResolver, WhoNamesTheNamespaceOrTheInstanceHasMoreRight) {
  World world;
  world.Entity("component:default/wide", {{kAppName, "pay"}})
      .Entity("component:default/narrow", {{kAppName, "pay"}, {kAppNamespace, "argocd"}})
      .Entity("component:default/elsewhere", {{kAppName, "pay"}, {kInstanceName, "two"}, {kAppNamespace, "argocd"}});
  StreamTarget target = world.Resolve(App("pay"));
  EXPECT_EQ(target.EntityAt(At(0)), "component:default/narrow");
  EXPECT_THAT(target.because, HasSubstr("also claimed by component:default/wide, with less right"));
  StreamFact two = App("pay");
  two.instance = "two";
  EXPECT_EQ(world.EntityOf(two), "component:default/elsewhere");
  two.namespace_ = "other";
  EXPECT_EQ(world.EntityOf(two), "component:default/wide");
}

TEST(StreamResolver, AComponentHasMoreRightThanItsSystemAndItsApi) {
  World world;
  world.Entity("api:default/pay", {{kAppName, "pay"}})
      .Entity("component:default/pay", {{kAppName, "pay"}})
      .Entity("system:default/shop", {{kAppName, "pay"}})
      .Entity("group:default/team", {{kAppName, "pay"}});
  EXPECT_EQ(world.EntityOf(App("pay")), "component:default/pay");
  World team;
  team.Entity("group:default/team", {{kAppName, "pay"}});
  EXPECT_EQ(team.EntityOf(App("pay")), "") << "a team is no application";
}

TEST(StreamResolver, SaysWhatIsMissing) {
  World world;
  StreamTarget none = world.Resolve(App("pay"));
  EXPECT_EQ(none.reason, "no entity carries argocd/app-name: pay and no rule fits");
  EXPECT_EQ(none.next_step, "add the annotation argocd/app-name: pay to the entity in its catalog-info.yaml");
  world.Entity("component:default/x", {{kAppName, "pay"}, {kAppNamespace, "team-a"}});
  none = world.Resolve(App("pay"));
  EXPECT_EQ(none.reason,
            "component:default/x carries argocd/app-name: pay, but argocd/app-namespace: team-a where the Application "
            "is in namespace argocd");
  EXPECT_EQ(none.next_step, "correct the annotation argocd/app-namespace of component:default/x");
  World other;
  other.Entity("component:default/x", {{kAppName, "pay"}, {kInstanceName, "two"}});
  EXPECT_THAT(other.Resolve(App("pay")).reason,
              HasSubstr("argocd/instance-name: two where the instance is called one"));
}

TEST(StreamResolver, AnnotationsOfArgoCdAreAboutItsSourcesOnly) {
  World world;
  world.Entity("component:default/x", {{kAppName, "pay"}, {kAppSelector, "team=a"}, {kKubernetesId, "k"}});
  StreamFact stream = App("pay", {{"team", "a"}});
  stream.source = "argocdx";
  EXPECT_EQ(world.EntityOf(stream), "");
  stream.source = "argocd";
  EXPECT_EQ(world.EntityOf(stream), "component:default/x");
  stream.source = "ci";
  stream.labels[kKubernetesId] = "k";
  EXPECT_EQ(world.EntityOf(stream), "component:default/x");
}

TEST(StreamResolver, ASelectorThatOnlyExcludesClaimsNothing) {
  World world;
  world.Entity("component:default/x", {{kAppSelector, "!canary"}})
      .Entity("component:default/y", {{kAppSelector, "(("}});
  EXPECT_EQ(world.EntityOf(App("pay")), "");
}

TEST(EntityClaims, AStreamThatFitsHasATermOfTheClaim) {
  const StreamFact stream = App("pay", {{"app", "pay"}, {"env", "production-europe"}, {"x", ""}, {kKubernetesId, "k"}});
  const std::vector<std::string> terms = TermsOf(stream);
  for (const Labels& annotations : std::vector<Labels>{{{kAppName, "a,pay"}},
                                                       {{kAppSelector, "app=pay"}},
                                                       {{kAppSelector, "env in (a,production-europe),app"}},
                                                       {{kAppSelector, "app,!z"}},
                                                       {{kAppSelector, "x=,app!=z"}},
                                                       {{kKubernetesId, " k "}}}) {
    const EntityClaims claims = ClaimsOf("component:default/pay", annotations);
    EXPECT_EQ((World{.claims = {claims}}.EntityOf(stream)), "component:default/pay");
    const std::vector<std::string> claimed = TermsOf(claims);
    EXPECT_TRUE(std::any_of(claimed.begin(), claimed.end(), [&](const std::string& term) {
      return std::binary_search(terms.begin(), terms.end(), term);
    })) << annotations.begin()->second;
  }
  // What most streams have is not what it is found by.
  EXPECT_THAT(TermsOf(ClaimsOf("component:default/pay", {{kAppSelector, "env=production-europe,app=pay"}})),
              ElementsAre("label app=pay"));
}

TEST(StreamResolver, EnvironmentRulesWithASelectorGoByOrderAndId) {
  World world;
  const auto rule = [](const std::string& id, int64_t order, const std::string& name, Tier tier,
                       const std::string& destination) {
    EnvironmentRuleFact fact{true, id, "", name, tier, false, order, StreamSelectorFact{}};
    fact.where->destination_namespace = destination;
    return fact;
  };
  world.environments = {rule("a", 2, "late", Tier::kTesting, ".*"),
                        rule("c", 1, "${stage}-eu", Tier::kProduction, ".*-(?P<stage>prod)"),
                        rule("b", 1, "stg", Tier::kNone, ".*-staging"), rule("0", 0, "", Tier::kStaging, "keep")};
  StreamFact stream = App("pay");
  EXPECT_EQ(world.Resolve(stream).environment, (Environment{"prod-eu", Tier::kProduction}));
  stream.destination_namespace = "shop-staging";
  EXPECT_EQ(world.Resolve(stream).environment, (Environment{"stg", Tier::kStaging})) << "a usual name gives its tier";
  stream.destination_namespace = "else";
  EXPECT_EQ(world.Resolve(stream).environment, (Environment{"late", Tier::kTesting}));
  world.environments[0].deleted = true;
  EXPECT_EQ(world.Resolve(stream).environment, std::nullopt) << "rules by name decide";
  stream.destination_namespace = "keep";
  FoldedDeployment deployment;
  deployment.raw_environment = "in-cluster/keep";
  ApplyTarget(world.Resolve(stream), EnvironmentRules(), &deployment);
  EXPECT_EQ(deployment.fact.environment, "in-cluster/keep");
  EXPECT_EQ(deployment.fact.tier, Tier::kStaging);

  const EnvironmentRules names(world.environments);
  EXPECT_EQ(names.TierOf("stg"), Tier::kStaging);
  EXPECT_EQ(names.TierOf("prod-eu"), Tier::kProduction) << "a template could give it";
  EXPECT_EQ(names.TierOf("dev"), Tier::kDevelopment);
  EXPECT_EQ(names.TierOf("prod-us"), Tier::kNone);
}

TEST(StreamResolver, WhatIsNotCountedIsMappedAllTheSame) {
  World world;
  world.Entity("component:default/pay", {{kAppName, "pay"}});
  StreamFact stream = App("pay");
  stream.not_counted = true;
  const StreamTarget target = world.Resolve(stream);
  FoldedDeployment deployment;
  ApplyTarget(target, EnvironmentRules(), &deployment);
  EXPECT_EQ(deployment.fact.effect, Effect::kNotCounted);
  EXPECT_EQ(EntityOf(deployment, target, {}), "component:default/pay");
  deployment.own_entity_ref = "component:default/own";
  EXPECT_EQ(EntityOf(deployment, target, {}), "component:default/own") << "a deployment's own ref wins";
}

TEST(FoldStream, WhatIsGoneIsAsItWas) {
  const auto seen = [](uint64_t version, bool deleted, const std::string& project) {
    v1::Observation observation;
    observation.set_source("argocd");
    observation.mutable_stream()->set_stream("argocd/pay");
    observation.mutable_stream()->set_name("pay");
    observation.mutable_stream()->set_project(project);
    observation.mutable_stream()->set_version(version);
    observation.mutable_stream()->set_deleted(deleted);
    return CanonicalPayload(observation);
  };
  const std::vector<std::string> payloads = {seen(1, false, "old"), seen(3, true, ""), seen(2, false, "new")};
  const StreamFact gone = FoldStream(payloads);
  EXPECT_TRUE(gone.deleted);
  EXPECT_EQ(gone.project, "new");
  EXPECT_EQ(FoldStream({payloads[1], payloads[2], payloads[0], payloads[1]}), gone);
  EXPECT_TRUE(FoldStream({payloads[1]}).deleted);
  EXPECT_FALSE(FoldStream({payloads[0], seen(9, false, "again"), payloads[1]}).deleted);
}

TEST(Selector, GoesThroughTextUnchanged) {
  StreamSelectorFact selector{"a", "b", "c", "d", "e", "f", "g", {{"label", "label"}, {"x", ""}}};
  EXPECT_EQ(ParseSelectorText(SelectorText(selector)), selector);
  selector.stream = selector.project = "";
  EXPECT_EQ(ParseSelectorText(SelectorText(selector)), selector);
  EXPECT_THAT(SelectorText({}), IsEmpty());
}

}  // namespace
}  // namespace headway
