#include "aggregator/rollup/rollup_fixture.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/validate.h"
#include "aggregator/store/observation_store.h"
#include "aggregator/store/table_dump.h"
#include "gtest/gtest.h"

namespace headway::testing {
namespace {

// A stream that nothing names any more keeps a row that says nothing.
constexpr char kStreamsThatAreNamed[] =
    "(SELECT source, stream, declared, deleted, name, namespace, instance, own_entity_ref, labels, "
    "destination_cluster, destination_namespace, project, repositories, not_counted, terms, entities, since, "
    "mapped_by, because, reason, next_step, environment, tier, asks_rules FROM dora.known_streams k WHERE declared OR "
    "EXISTS (SELECT FROM dora.stream_mappings m WHERE m.source = k.source AND m.stream = k.stream) OR EXISTS (SELECT "
    "FROM dora.deployments d WHERE d.source = k.source AND d.stream = k.stream))";

// An entity that nothing is left of has a version and nothing else.
constexpr char kEntitiesThatAreLeft[] =
    "(SELECT entity_ref, declared, title, image, last_finished, last_opening, open_links FROM dora.entities e WHERE "
    "declared OR EXISTS (SELECT FROM dora.deployments d WHERE d.entity_ref = e.entity_ref) OR EXISTS (SELECT FROM "
    "dora.incidents i WHERE i.entity_ref = e.entity_ref))";

}  // namespace

std::vector<std::string> FactTables() {
  return {"dora.deployments",       "dora.changes",
          "dora.failures",          "dora.rework",
          "dora.incidents",         "dora.pull_requests",
          "dora.stream_heads",      "dora.entity_repositories",
          "dora.entity_aliases",    "dora.stream_mappings",
          "dora.environment_rules", "dora.sources",
          "dora.source_problems",   "dora.source_entities",
          "dora.entity_sources",    "dora.awaited_commits",
          "dora.artefacts",         "dora.deployed_images",
          "dora.deployed_prefixes", "dora.manifest_revisions",
          "dora.manifest_images",   "dora.deployed_manifests",
          "dora.image_tag_rules",   "dora.gaps",
          "dora.mapping_rules",     "dora.entity_annotations",
          "dora.entity_claims",     "dora.entity_relations",
          kStreamsThatAreNamed,     kEntitiesThatAreLeft};
}

Installation::Installation(int connections)
    : database_(PostgresCluster::Shared().CreateDatabase()),
      url_(PostgresCluster::Shared().Url(database_)),
      connection_(Connection::Open(url_).value()),
      pool_(url_, connections),
      worker_(&pool_, &graphs_, WorkerOptions{}) {
  Execute("SET application_name = 'onlooker'");
}

Installation::~Installation() {
  connection_.reset();
  PostgresCluster::Shared().DropDatabase(database_);
}

void Installation::Ingest(const std::vector<v1::Observation>& observations) {
  std::vector<PreparedObservation> prepared;
  for (const v1::Observation& observation : observations) {
    const auto error = Validate(observation);
    ASSERT_FALSE(error.has_value()) << error->field << ": " << error->reason;
    prepared.push_back(Prepare(observation));
  }
  const auto result = ObservationStore(*connection_).Append(prepared);
  ASSERT_TRUE(result.ok()) << result.status();
}

void Installation::Drain(bool allow_append) {
  WorkerOptions options;
  options.allow_append = false;
  Worker whole(&pool_, &graphs_, options);
  Worker& worker = allow_append ? worker_ : whole;
  absl::Status status = worker.Drain();
  // A deadlock with another worker is settled by one giving way.
  while (absl::IsAborted(status)) status = worker.Drain();
  ASSERT_TRUE(status.ok()) << status;
}

RebuildResult Installation::Rebuild() {
  const absl::StatusOr<RebuildResult> result = RebuildAll(pool_, graphs_);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(RebuildResult{});
}

std::map<std::string, std::vector<std::string>> Installation::Dump() const {
  absl::StatusOr<std::map<std::string, std::vector<std::string>>> dump = DumpTables(*connection_, FactTables());
  EXPECT_TRUE(dump.ok()) << dump.status();
  return dump.value_or(std::map<std::string, std::vector<std::string>>());
}

std::map<std::string, std::vector<std::string>> Installation::Reader::Dump() const {
  auto dump = DumpTables(*connection_, FactTables());
  EXPECT_TRUE(dump.ok()) << dump.status();
  return dump.value_or(std::map<std::string, std::vector<std::string>>());
}

void Installation::Execute(const std::string& sql) const {
  const absl::Status status = RunSql(*connection_, sql);
  ASSERT_TRUE(status.ok()) << status;
}

void Installation::TerminateWorkers(Connection& by) const {
  // What ingests and looks on stays.
  const absl::Status status = RunSql(by,
                                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                                     "current_database() AND pid <> pg_backend_pid() "
                                     "AND state <> 'idle' AND application_name <> 'onlooker'");
  EXPECT_TRUE(status.ok()) << status;
}

std::string Installation::Query(const std::string& sql) const {
  const auto dump = DumpTables(*connection_, {absl::StrCat("(", sql, ")")});
  EXPECT_TRUE(dump.ok()) << dump.status();
  if (!dump.ok() || dump->begin()->second.empty()) return "";
  return dump->begin()->second[0];
}

std::string Difference(const std::map<std::string, std::vector<std::string>>& expected,
                       const std::map<std::string, std::vector<std::string>>& actual) {
  std::string text;
  for (const auto& [table, rows] : expected) {
    const std::vector<std::string>& others = actual.at(table);
    if (rows == others) continue;
    std::vector<std::string> missing, extra;
    std::set_difference(rows.begin(), rows.end(), others.begin(), others.end(), std::back_inserter(missing));
    std::set_difference(others.begin(), others.end(), rows.begin(), rows.end(), std::back_inserter(extra));
    for (size_t i = 0; i < missing.size() && i < 4; ++i) absl::StrAppend(&text, table, " lacks ", missing[i], "\n");
    for (size_t i = 0; i < extra.size() && i < 4; ++i) absl::StrAppend(&text, table, " has   ", extra[i], "\n");
    if (missing.empty() && extra.empty()) absl::StrAppend(&text, table, " holds rows twice\n");
  }
  return text;
}

}  // namespace headway::testing
