// Sources say every minute how far they have come, for years: what is kept of it does not grow, and nothing is lost by that.
#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/source_condition.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "aggregator/store/table_dump.h"
#include "gtest/gtest.h"

namespace headway::testing {
namespace {

constexpr int64_t kBegin = 1'770'000'000;
constexpr char kStatusRows[] = "SELECT count(*) FROM raw.observations WHERE kind = 9";
constexpr char kOtherRows[] = "SELECT count(*) FROM raw.observations WHERE kind <> 9";

v1::Observation Status(const std::string& source, v1::SourceStatus::Covers covers, int minute,
                       std::mt19937_64& random) {
  v1::Observation observation;
  observation.set_source(source);
  v1::SourceStatus& status = *observation.mutable_source_status();
  status.set_covers(covers);
  status.mutable_reported_at()->set_seconds(kBegin + minute * 60);
  // Now and then it has started anew, and does not know how far it had come.
  status.mutable_complete_until()->set_seconds(random() % 50 == 0 ? 0 : kBegin + minute * 60 - random() % 3600);
  status.mutable_last_contact_at()->set_seconds(kBegin + minute * 60 - random() % 60);
  status.add_entity_refs(absl::StrCat("component:default/e", minute / 1000));
  if (random() % 10 == 0) {
    v1::SourceProblem& problem = *status.add_problems();
    problem.set_code(v1::SourceProblem::UNREACHABLE);
    problem.set_subject(absl::StrCat("attempt ", minute));
  }
  return observation;
}

// Of two sources, one of them of two kinds, in any order.
std::vector<v1::Observation> Statuses(int count) {
  std::mt19937_64 random(5);
  std::vector<v1::Observation> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(Status(i % 3 == 0 ? "argocd:a" : "git:x",
                         i % 3 == 1 ? v1::SourceStatus::CHANGES : v1::SourceStatus::DEPLOYMENTS, i, random));
  }
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

std::vector<v1::Observation> Deployments(int count) {
  std::vector<v1::Observation> all;
  for (int i = 0; i < count; ++i) {
    v1::Observation& observation = all.emplace_back();
    observation.set_source("argocd:a");
    v1::Deployment& deployment = *observation.mutable_deployment();
    deployment.set_key(absl::StrCat("d", i));
    deployment.set_entity_ref("component:default/e0");
    deployment.set_stream("app");
    deployment.set_environment("prod");
    deployment.set_phase(v1::Deployment::SUCCEEDED);
    deployment.mutable_finished_at()->set_seconds(kBegin + i);
  }
  return all;
}

int64_t Number(const Installation& installation, const std::string& sql) {
  const std::string row = installation.Query(sql);
  return row.size() < 3 ? -1 : std::stoll(row.substr(1));
}

using Tables = std::map<std::string, std::vector<std::string>>;

// What comes out when none is forgotten before all are there.
Tables AllAtOnce(std::vector<v1::Observation> observations) {
  std::reverse(observations.begin(), observations.end());
  Installation other;
  other.Ingest(observations);
  other.Drain();
  return other.Dump();
}

TEST(SourceStatuses, TenThousandLeaveAtMostTwoRowsOfEachSource) {
  const std::vector<v1::Observation> statuses = Statuses(10'000), deployments = Deployments(20);
  Installation installation;
  installation.Ingest(deployments);
  for (size_t i = 0; i < statuses.size(); i += 500) {
    installation.Ingest({statuses.begin() + i, statuses.begin() + i + 500});
    installation.Drain();
    ASSERT_LE(Number(installation, kStatusRows), 2 * 3) << "after " << i + 500;
  }
  EXPECT_EQ(Number(installation, kOtherRows), 20);
  // Against the fold of all of them.
  std::map<std::pair<std::string, int>, std::vector<std::string>> payloads;
  for (const v1::Observation& one : statuses)
    payloads[{one.source(), one.source_status().covers()}].push_back(CanonicalPayload(one));
  ASSERT_EQ(payloads.size(), 3u);
  for (const auto& [key, all] : payloads) {
    const SourceCondition expected = FoldSourceCondition(all);
    const std::string of = absl::StrCat(" WHERE source = '", key.first, "' AND covers = ", key.second);
    EXPECT_EQ(Number(installation, "SELECT extract(epoch FROM complete_until)::bigint FROM dora.sources" + of),
              absl::ToUnixSeconds(expected.status.complete_until));
    EXPECT_EQ(Number(installation, "SELECT extract(epoch FROM last_contact)::bigint FROM dora.sources" + of),
              absl::ToUnixSeconds(*expected.last_contact));
    EXPECT_EQ(Number(installation, "SELECT count(*) FROM dora.source_problems" + of),
              static_cast<int64_t>(expected.problems.size()));
  }
  std::vector<v1::Observation> everything = statuses;
  everything.insert(everything.end(), deployments.begin(), deployments.end());
  EXPECT_EQ(Difference(AllAtOnce(everything), installation.Dump()), "");
}

TEST(SourceStatuses, WhatIsLeftOfThemIsEnoughToRebuild) {
  const std::vector<v1::Observation> statuses = Statuses(600);
  Installation installation;
  installation.Ingest(Deployments(5));
  for (size_t i = 0; i < statuses.size(); i += 100) {
    installation.Ingest({statuses.begin() + i, statuses.begin() + i + 100});
    installation.Drain();
  }
  const Tables before = installation.Dump();
  installation.Rebuild();
  EXPECT_EQ(Difference(before, installation.Dump()), "");
  installation.Execute("DELETE FROM dora.sources; DELETE FROM dora.source_problems; DELETE FROM dora.source_entities");
  EXPECT_NE(Difference(before, installation.Dump()), "");
  installation.Rebuild();
  EXPECT_EQ(Difference(before, installation.Dump()), "");
}

TEST(SourceStatuses, OnesThatComeAgainChangeNothing) {
  const std::vector<v1::Observation> statuses = Statuses(300);
  Installation installation;
  installation.Ingest(statuses);
  installation.Drain();
  const Tables before = installation.Dump();
  installation.Ingest(statuses);
  EXPECT_EQ(Number(installation, kStatusRows), 300);
  installation.Rebuild();  // forgets them as a worker does
  EXPECT_LE(Number(installation, kStatusRows), 6);
  installation.Drain();
  EXPECT_LE(Number(installation, kStatusRows), 6);
  EXPECT_EQ(Difference(before, installation.Dump()), "");
}

TEST(SourceStatuses, WorkersWhoseConnectionsBreakForgetNoneThatIsNeeded) {
  const std::vector<v1::Observation> statuses = Statuses(2'000);
  Installation installation;
  WorkerOptions options;
  options.threads = 2;
  options.items_per_batch = 7;
  options.poll = absl::Milliseconds(5);
  Worker worker(&installation.pool(), &installation.graphs(), options);
  worker.Start();
  auto killer = Connection::Open(installation.url()).value();
  for (size_t i = 0; i < statuses.size(); i += 20) {
    installation.Ingest({statuses.begin() + i, statuses.begin() + i + 20});
    worker.Wake();
    absl::SleepFor(absl::Milliseconds(3));
    if (i % 100 == 0) installation.TerminateWorkers(*killer);
  }
  worker.Stop();
  EXPECT_GT(worker.counters().failures.load(), 0);
  installation.Drain();
  EXPECT_LE(Number(installation, kStatusRows), 6);
  EXPECT_EQ(Difference(AllAtOnce(statuses), installation.Dump()), "");
}

TEST(SourceStatuses, OneThatNamesAnAliasTellsOfTheEntity) {
  Installation installation;
  v1::Observation entity;
  entity.set_source("catalog:portal");
  entity.mutable_entity()->set_entity_ref("component:default/new");
  entity.mutable_entity()->add_aliases("component:default/e0");
  installation.Ingest({entity});
  installation.Drain();
  const std::string version = "SELECT version FROM dora.entities WHERE entity_ref = 'component:default/new'";
  const int64_t before = Number(installation, version);
  std::mt19937_64 random(5);
  installation.Ingest({Status("argocd:a", v1::SourceStatus::DEPLOYMENTS, 1, random)});
  installation.Drain();
  EXPECT_GT(Number(installation, version), before) << "who keeps the entity is not told that it has a source";
}

TEST(SourceStatuses, NothingElseCanBeForgotten) {
  Installation installation;
  installation.Ingest(Deployments(3));
  installation.Drain();
  const std::string all =
      "SELECT raw.forget_statuses(array_agg(stream_id), array_agg(object_key), array_agg(payload_key)) FROM "
      "raw.observations";
  EXPECT_EQ(Number(installation, kOtherRows), 3);
  const auto as_aggregator = [&](const std::string& sql) {
    auto connection = Connection::Open(installation.url()).value();
    return RunSql(*connection, "SET LOCAL ROLE headway_aggregator; " + sql);
  };
  EXPECT_TRUE(as_aggregator(all).ok());
  EXPECT_EQ(Number(installation, kOtherRows), 3);
  EXPECT_EQ(as_aggregator("DELETE FROM raw.observations").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Number(installation, kOtherRows), 3);
}

}  // namespace
}  // namespace headway::testing
