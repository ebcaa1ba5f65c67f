// What changes of declarations, annotations, rules and relations do to what is stored.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gtest/gtest.h"

namespace headway::testing {
namespace {

constexpr int64_t kStart = 1'770'000'000;

v1::Observation Deployment(const std::string& stream, int number, const std::string& source = "argocd:a") {
  v1::Observation observation;
  observation.set_source(source);
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat(stream, "/", number));
  deployment.set_stream(stream);
  deployment.set_environment("in-cluster/shop");
  deployment.set_source_revision(absl::StrCat("r", number));
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  deployment.mutable_finished_at()->set_seconds(kStart + number * 100);
  return observation;
}

v1::Observation App(const std::string& name, uint64_t version = 1) {
  v1::Observation observation;
  observation.set_source("argocd:a");
  v1::StreamDeclaration& stream = *observation.mutable_stream();
  stream.set_stream(absl::StrCat("argocd/", name));
  stream.set_version(version);
  stream.set_name(name);
  stream.set_namespace_("argocd");
  stream.set_instance("a");
  stream.set_destination_cluster("in-cluster");
  stream.set_destination_namespace("shop");
  return observation;
}

v1::Observation Entity(const std::string& name, uint64_t version, const std::map<std::string, std::string>& said) {
  v1::Observation observation;
  observation.set_source("catalog");
  v1::EntityDeclaration& entity = *observation.mutable_entity();
  entity.set_entity_ref(absl::StrCat("component:default/", name));
  entity.set_version(version);
  entity.mutable_annotations()->insert(said.begin(), said.end());
  return observation;
}

v1::Observation Rule(const std::string& id, uint64_t version, const std::string& name, const std::string& entity) {
  v1::Observation observation;
  observation.set_source("config");
  v1::MappingRule& rule = *observation.mutable_mapping_rule();
  rule.set_id(id);
  rule.set_version(version);
  rule.mutable_where()->set_name(name);
  rule.set_entity_ref(entity);
  return observation;
}

v1::Observation EnvironmentRule(uint64_t version, const std::string& name, v1::Tier tier) {
  v1::Observation observation;
  observation.set_source("config");
  v1::EnvironmentRule& rule = *observation.mutable_environment_rule();
  rule.set_id("e");
  rule.set_version(version);
  rule.mutable_where()->set_destination_namespace("shop");
  rule.set_name(name);
  rule.set_tier(tier);
  return observation;
}

class StreamMapping : public ::testing::Test {
 protected:
  void Do(const std::vector<v1::Observation>& observations) {
    told_.insert(told_.end(), observations.begin(), observations.end());
    installation_.Ingest(observations);
    installation_.Drain();
  }
  // The entities that deployments of a stream belong to, with how many each.
  std::string At(const std::string& stream) const {
    return installation_.Query(absl::StrCat(
        "SELECT string_agg(e || ' ' || n, ', ' ORDER BY e) FROM (SELECT entity_ref AS e, count(*) AS n FROM "
        "dora.deployments WHERE stream = '",
        stream, "' GROUP BY 1) x"));
  }
  void TearDown() override {
    const auto before = installation_.Dump();
    EXPECT_EQ(installation_.Rebuild().changed, 0);
    installation_.Drain();
    EXPECT_EQ(Difference(before, installation_.Dump()), "");
    Installation other;
    other.Ingest({told_.rbegin(), told_.rend()});
    other.Drain(false);
    EXPECT_EQ(Difference(other.Dump(), before), "") << "the order changes something";
  }

  Installation installation_;
  std::vector<v1::Observation> told_;
};

TEST_F(StreamMapping, AnAnnotationThatComesLaterHealsHistory) {
  Do({App("pay"), Deployment("argocd/pay", 1), Deployment("argocd/pay", 2), Deployment("argocd/other", 1)});
  EXPECT_EQ(At("argocd/pay"), "(\" 2\")");
  EXPECT_EQ(installation_.Query("SELECT reason FROM dora.known_streams WHERE stream = 'argocd/pay'"),
            "(\"no entity carries argocd/app-name: pay and no rule fits\")");
  Do({Entity("pay", 1, {{"argocd/app-name", "pay"}})});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/pay 2\")");
  EXPECT_EQ(installation_.Query("SELECT reason, because FROM dora.known_streams WHERE stream = 'argocd/pay'"),
            "(\"\",\"annotation argocd/app-name: pay\")");
  Do({Deployment("argocd/pay", 3)});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/pay 3\")");
  // It moves on to another, and is taken back.
  Do({Entity("pay", 2, {}), Entity("shop", 1, {{"argocd/app-name", "pay"}})});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/shop 3\")");
  Do({Entity("shop", 2, {})});
  EXPECT_EQ(At("argocd/pay"), "(\" 3\")");
}

TEST_F(StreamMapping, TwoThatClaimOneGetNothingUntilOneLetsGo) {
  Do({App("pay"), Deployment("argocd/pay", 1), Entity("a", 1, {{"argocd/app-name", "pay"}}),
      Entity("b", 1, {{"argocd/app-name", "pay"}})});
  EXPECT_EQ(At("argocd/pay"), "(\" 1\")");
  Do({Entity("a", 2, {{"argocd/app-name", "pay"}, {"argocd/app-namespace", "argocd"}})});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/a 1\")") << "terms are the same, the right is not";
  v1::Observation gone = Entity("a", 3, {});
  gone.mutable_entity()->set_deleted(true);
  Do({gone});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/b 1\")");
}

TEST_F(StreamMapping, ARuleMovesWhatNoAnnotationClaims) {
  Do({App("pay-api"), App("pay-web"), Deployment("argocd/pay-api", 1), Deployment("argocd/pay-web", 1),
      Deployment("argocd/pay-web", 2), Entity("web", 1, {{"argocd/app-name", "pay-web"}})});
  Do({Rule("r", 1, "pay-(?P<part>.*)", "component:default/${part}")});
  EXPECT_EQ(At("argocd/pay-api"), "(\"component:default/api 1\")");
  EXPECT_EQ(At("argocd/pay-web"), "(\"component:default/web 2\")");
  v1::Observation since = Rule("r", 2, "pay-(?P<part>.*)", "component:default/${part}-2");
  since.mutable_mapping_rule()->mutable_since()->set_seconds(kStart + 150);
  Do({Entity("web", 2, {}), since});
  EXPECT_EQ(At("argocd/pay-api"), "(\" 1\")");
  EXPECT_EQ(At("argocd/pay-web"), "(\" 1, component:default/web-2 1\")");
  v1::Observation deleted = Rule("r", 3, "", "");
  deleted.mutable_mapping_rule()->set_deleted(true);
  Do({deleted});
  EXPECT_EQ(At("argocd/pay-web"), "(\" 2\")");
  // By stream and source a rule finds what nobody declared.
  v1::Observation by_stream = Rule("s", 1, "", "component:default/bare");
  by_stream.mutable_mapping_rule()->mutable_where()->set_stream("bare.*");
  Do({Deployment("bare-1", 1, "ci"), by_stream, Deployment("bare-2", 1, "ci")});
  EXPECT_EQ(At("bare-1"), "(\"component:default/bare 1\")");
  EXPECT_EQ(At("bare-2"), "(\"component:default/bare 1\")");
}

TEST_F(StreamMapping, AnEnvironmentRuleWithASelectorMovesHistory) {
  const std::string environments = "SELECT DISTINCT environment, tier FROM dora.deployments";
  Do({App("pay"), Entity("pay", 1, {{"argocd/app-name", "pay"}}), Deployment("argocd/pay", 1)});
  EXPECT_EQ(installation_.Query(environments), "(in-cluster/shop,0)");
  Do({EnvironmentRule(1, "prod-eu", v1::PRODUCTION)});
  EXPECT_EQ(installation_.Query(environments), "(prod-eu,1)");
  Do({EnvironmentRule(2, "", v1::STAGING)});
  EXPECT_EQ(installation_.Query(environments), "(in-cluster/shop,2)");
  // The application goes elsewhere, with its history.
  v1::Observation moved = App("pay", 2);
  moved.mutable_stream()->set_destination_namespace("else");
  Do({moved});
  EXPECT_EQ(installation_.Query(environments), "(in-cluster/shop,0)");
}

TEST_F(StreamMapping, WhatIsNotCountedIsStoredAndNeverCounted) {
  const std::string counted =
      "SELECT count(*), count(*) FILTER (WHERE counts), count(*) FILTER (WHERE failed_attempt) "
      "FROM dora.deployments WHERE entity_ref = 'component:default/pay'";
  v1::Observation failed = Deployment("argocd/pay", 2);
  failed.mutable_deployment()->set_phase(v1::Deployment::FAILED);
  Do({App("pay"), Entity("pay", 1, {{"argocd/app-name", "pay"}}), EnvironmentRule(1, "prod", v1::PRODUCTION),
      Deployment("argocd/pay", 1), failed});
  EXPECT_EQ(installation_.Query(counted), "(2,1,1)");
  v1::Observation of_apps = App("pay", 2);
  of_apps.mutable_stream()->set_not_counted(true);
  Do({of_apps, Deployment("argocd/pay", 3)});
  EXPECT_EQ(installation_.Query(counted), "(3,0,0)");
  Do({App("pay", 3)});
  EXPECT_EQ(installation_.Query(counted), "(3,2,1)");
}

TEST_F(StreamMapping, WhatIsGoneKeepsItsHistory) {
  Do({App("pay"), Entity("pay", 1, {{"argocd/app-name", "pay"}}), Deployment("argocd/pay", 1)});
  v1::Observation gone;
  gone.set_source("argocd:a");
  gone.mutable_stream()->set_stream("argocd/pay");
  gone.mutable_stream()->set_name("pay");
  gone.mutable_stream()->set_version(2);
  gone.mutable_stream()->set_deleted(true);
  Do({gone});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/pay 1\")");
  EXPECT_EQ(installation_.Query("SELECT deleted, namespace FROM dora.known_streams"), "(t,argocd)");
}

// Cost follows what changed: of thousands of streams and entities, one annotation resolves one stream and moves one deployment.
TEST_F(StreamMapping, OneAnnotationAmongThousandsTouchesOneStream) {
  constexpr int kMany = 3000;
  std::vector<v1::Observation> all;
  for (int i = 0; i < kMany; ++i) {
    const std::string name = absl::StrCat("app", i);
    v1::Observation app = App(name);
    (*app.mutable_stream()->mutable_labels())["app"] = name;
    (*app.mutable_stream()->mutable_labels())["env"] = "production";
    all.push_back(app);
    all.push_back(Deployment(absl::StrCat("argocd/", name), 1));
    all.push_back(Entity(name, 1, {{"argocd/app-selector", absl::StrCat("env=production,app=", name)}}));
  }
  Do(all);
  EXPECT_EQ(installation_.Query("SELECT count(DISTINCT entity_ref) FROM dora.deployments"), "(3000)");
  EXPECT_EQ(installation_.Query("SELECT count(*) FROM dora.known_streams WHERE mapped_by = 4"), "(3000)");
  // One worker's rounds: the declaration, the stream, its deployment.
  installation_.Ingest({Entity("app7", 2, {}), Entity("new", 1, {{"argocd/app-name", "app7"}})});
  told_.push_back(Entity("app7", 2, {}));
  told_.push_back(Entity("new", 1, {{"argocd/app-name", "app7"}}));
  int64_t objects = 0;
  WorkerOptions options;
  options.on_batch = [&](const BatchResult& result) { objects += result.objects; };
  Worker worker(&installation_.pool(), &installation_.graphs(), options);
  const absl::Time start = absl::Now();
  ASSERT_TRUE(worker.Drain().ok());
  EXPECT_LE(objects, 8);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_EQ(At("argocd/app7"), "(\"component:default/new 1\")");
}

TEST_F(StreamMapping, StreamsThatAnEarlierVersionKnewAreResolved) {
  Do({App("pay"), Entity("pay", 1, {{"argocd/app-name", "pay"}}), Deployment("argocd/pay", 1),
      Rule("r", 1, "web", "component:default/web")});
  installation_.Execute("UPDATE dora.known_streams SET resolver_version = 0, entities = '{}', since = '{}'");
  Do({Deployment("argocd/pay", 2)});
  EXPECT_EQ(At("argocd/pay"), "(\"component:default/pay 2\")") << "a deployment that comes does not wait for it";
  installation_.Execute("UPDATE dora.known_streams SET resolver_version = 0, entities = '{}', since = '{}'");
  Worker worker(&installation_.pool(), &installation_.graphs(), {});
  worker.Start();
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (installation_.Query("SELECT count(*) FROM dora.known_streams WHERE resolver_version = 0") != "(0)" &&
         absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  worker.Stop();
  installation_.Drain();
  EXPECT_EQ(installation_.Query("SELECT entities FROM dora.known_streams"), "({component:default/pay})");
}

TEST_F(StreamMapping, ARebuildHealsWhatWasTornOut) {
  Do({App("pay"), Entity("pay", 1, {{"argocd/app-name", "pay"}}), Deployment("argocd/pay", 1),
      Rule("r", 1, "web", "component:default/web"), App("web"), Deployment("argocd/web", 1)});
  const auto before = installation_.Dump();
  installation_.Execute(
      "DELETE FROM dora.known_streams WHERE stream = 'argocd/pay'; DELETE FROM dora.entity_claims; DELETE FROM "
      "dora.entity_annotations; DELETE FROM dora.mapping_rules; UPDATE dora.known_streams SET entities = '{}', since = "
      "'{}'; DELETE FROM dora.entity_relations");
  installation_.Rebuild();
  installation_.Drain();
  EXPECT_EQ(Difference(before, installation_.Dump()), "");
}

}  // namespace
}  // namespace headway::testing
