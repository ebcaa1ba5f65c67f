// How fast what was ingested becomes derived rows: deployments by append over many entities, evenly or by Zipf's law, and everything again by a rebuild.
// PostgreSQL runs on the same cores, with fsync. Prints one JSON object. Arguments: [deployments [entities [even|zipf [changes [incidents]]]]].
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/rollup/rebuild.h"
#include "aggregator/rollup/worker.h"
#include "aggregator/store/observation_store.h"
#include "aggregator/store/postgres_fixture.h"
#include "aggregator/store/table_dump.h"

namespace headway {
namespace {

constexpr int kBatch = 5000;

std::string EntityRef(int i) { return absl::StrCat("component:default/service-", i); }

v1::Observation Deployment(int i, int entity) {
  v1::Observation observation;
  observation.set_source("argocd:production");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("apps/service-", entity, "/", i));
  deployment.set_entity_ref(EntityRef(entity));
  deployment.set_stream(absl::StrCat("service-", entity));
  deployment.set_environment("production");
  deployment.set_source_revision(absl::StrFormat("%040x", i));
  deployment.add_images(absl::StrCat("registry.example/service-", entity, ":", i));
  deployment.mutable_started_at()->set_seconds(1'700'000'000 + i);
  deployment.mutable_finished_at()->set_seconds(1'700'000'060 + i);
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  return observation;
}

v1::Observation Change(int i, int entity) {
  v1::Observation observation;
  observation.set_source("forge");
  v1::Change& change = *observation.mutable_change();
  change.set_repository(absl::StrCat("forge.example/team/service-", entity));
  change.set_number(i + 1);
  change.mutable_updated_at()->set_seconds(1'700'000'000 + i);
  change.mutable_opened_at()->set_seconds(1'700'000'000 + i);
  change.mutable_first_commit_authored_at()->set_seconds(1'699'999'000 + i);
  change.mutable_merged_at()->set_seconds(1'700'000'500 + i);
  change.set_merge_commit_sha(absl::StrFormat("%040x", i));
  return observation;
}

v1::Observation Incident(int i, int entity) {
  v1::Observation observation;
  observation.set_source("pager");
  v1::IncidentEvent& event = *observation.mutable_incident_event();
  event.set_incident_id(absl::StrCat("incident-", i));
  event.set_event_id("opened");
  event.set_type(v1::IncidentEvent::OPENED);
  event.mutable_occurred_at()->set_seconds(1'700'000'100 + i * 7);
  event.add_affected_entity_refs(EntityRef(entity));
  return observation;
}

v1::Observation Declaration(int entity) {
  v1::Observation observation;
  observation.set_source("catalog");
  observation.mutable_entity()->set_entity_ref(EntityRef(entity));
  observation.mutable_entity()->add_repositories()->set_repository(absl::StrCat("forge.example/team/service-", entity));
  return observation;
}

// Indexes of entities; by Zipf's law with exponent 1 the first of 100,000 gets one in twelve.
class Chooser {
 public:
  Chooser(int entities, bool zipf) : random_(42), entities_(entities), zipf_(zipf) {}
  int Next() {
    const double u = std::uniform_real_distribution<>(0, 1)(random_);
    if (!zipf_) return static_cast<int>(u * entities_);
    return std::min(entities_ - 1, static_cast<int>(std::pow(entities_ + 1.0, u)) - 1);
  }

 private:
  std::mt19937_64 random_;
  int entities_;
  bool zipf_;
};

double Since(absl::Time begin) { return absl::ToDoubleSeconds(absl::Now() - begin); }

// Processor time of this process and of all backends of the database, in seconds: what counts where the machine is shared.
double Processor(Connection& connection) {
  double ticks = 0;
  const auto pids =
      testing::DumpTables(connection, {"(SELECT pid FROM pg_stat_activity WHERE datname = current_database())"});
  if (!pids.ok()) return 0;
  std::vector<std::string> files = {"/proc/self/stat"};
  for (const std::string& pid : pids->begin()->second)
    files.push_back(absl::StrCat("/proc/", pid.substr(1, pid.size() - 2), "/stat"));
  for (const std::string& file : files) {
    std::ifstream stat(file);
    std::string word;
    for (int i = 1; i <= 15 && stat >> word; ++i) {
      if (i >= 14) ticks += std::atof(word.c_str());
    }
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void Require(const absl::Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename Make>
void Store(Connection& connection, int count, const Make& make) {
  std::vector<PreparedObservation> batch;
  for (int i = 0; i < count; ++i) {
    batch.push_back(Prepare(make(i)));
    if (static_cast<int>(batch.size()) < kBatch && i + 1 < count) continue;
    Require(ObservationStore(connection).Append(batch).status());
    batch.clear();
  }
}

int Main(int deployments, int entities, bool zipf, int changes, int incidents) {
  testing::PostgresCluster cluster(/*fsync=*/true);
  const std::string database = cluster.CreateDatabase();
  const std::string url = cluster.Url(database);
  ConnectionPool pool(url, 4);
  GraphCache graphs;
  auto connection = Connection::Open(url).value();
  Worker worker(&pool, &graphs, {});

  Chooser chooser(entities, zipf);
  absl::Time begin = absl::Now();
  Store(*connection, deployments, [&](int i) { return Deployment(i, chooser.Next()); });
  const double stored = Since(begin);
  begin = absl::Now();
  const double processor = Processor(*connection);
  Require(worker.Drain());
  const double derived_processor = Processor(*connection) - processor;
  const double derived = Since(begin);

  begin = absl::Now();
  if (changes > 0) Store(*connection, entities, Declaration);
  Store(*connection, changes, [&](int i) { return Change(i, i % entities); });
  Store(*connection, incidents, [&](int i) { return Incident(i, i % entities); });
  Require(worker.Drain());
  const double rest = Since(begin);

  begin = absl::Now();
  const absl::StatusOr<RebuildResult> again = RebuildAll(pool, graphs);
  Require(again.status());
  const double rebuilt = Since(begin);

  cluster.Execute(database,
                  "TRUNCATE dora.deployments, dora.changes, dora.failures, dora.rework, dora.incidents, "
                  "dora.pull_requests, dora.stream_heads");
  begin = absl::Now();
  const absl::StatusOr<RebuildResult> anew = RebuildAll(pool, graphs);
  Require(anew.status());
  const double from_nothing = Since(begin);
  printf(
      "{\"deployments\":%d,\"entities\":%d,\"changes\":%d,\"incidents\":%d,\"store_s\":%.2f,\"derive_s\":%.2f,\"derive_"
      "cpu_s\":%.2f,\"derived_per_s\":%.0f,"
      "\"appended\":%lld,\"rest_s\":%.2f,\"rebuild_unchanged_s\":%.2f,\"rebuild_from_nothing_s\":%.2f}\n",
      deployments, entities, changes, incidents, stored, derived, derived_processor, deployments / derived,
      static_cast<long long>(worker.counters().appended.load()), rest, rebuilt, from_nothing);
  return again->changed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) {
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  return headway::Main(number(1, 200'000), number(2, 1'000), argc > 3 && std::string(argv[3]) == "zipf",
                       number(4, 100'000), number(5, 20'000));
}
