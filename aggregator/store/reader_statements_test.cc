// Reads look up the rows of the entities that are asked for. A plan that reads a whole table is right and ruinous, and no other test would see it.
#include "aggregator/store/reader_statements.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Enough rows in every table that PostgreSQL has a reason to look them up.
constexpr char kFill[] = R"(
  CREATE TEMP TABLE e AS SELECT 'component:default/e' || i AS ref, i FROM generate_series(1, 20000) i;
  CREATE TEMP TABLE d AS SELECT ref, i * 20 + n AS id, now() - n * interval '10 days' AS at FROM e, generate_series(1, 20) n WHERE i <= 1000;
  INSERT INTO dora.entities (entity_ref, version) SELECT ref, 1 FROM e;
  INSERT INTO dora.entity_repositories SELECT ref, 'r' || i, '{}' FROM e;
  INSERT INTO dora.entity_sources SELECT ref, 2, 'forge', now() FROM e;
  INSERT INTO dora.source_entities SELECT ref, 'pager', 3 FROM e;
  INSERT INTO dora.entity_aliases SELECT 'component:default/a' || i, ref FROM e;
  INSERT INTO dora.stream_mappings SELECT 'cd', 'm' || i, 's', ref, '-infinity' FROM e;
  INSERT INTO dora.known_streams (object_key, source, stream, entities) SELECT int8send(i), 'cd', 's' || i, ARRAY[ref] FROM e;
  INSERT INTO dora.entity_relations SELECT ref, 1, 'system:default/s' || i / 10 FROM e UNION ALL SELECT ref, 2, 'group:default/g' || i / 10 FROM e;
  INSERT INTO dora.entity_work (entity_ref, priority) SELECT ref, 1 FROM e;
  INSERT INTO dora.sources SELECT 'pager' || i, 3, now() FROM e;
  INSERT INTO dora.stream_heads (entity_ref, environment, stream, source, latest_event, running_images, running_config_revision)
    SELECT ref, 'prod', 's', 'cd', now(), '{}', '' FROM e;
  INSERT INTO dora.deployments (entity_ref, deployment_key, source, source_key, stream, observed_environment, environment, tier, repository,
      source_revision, config_revision, images, phase, effect, automated, revision_evidence, finished, kind, in_scope, failed_attempt, counts,
      known_commit, truncated, identity)
    SELECT ref, int8send(id), 'cd', '', 's', 'prod', 'prod', 1, '', '', '', '{}', 2, 0, true, '', at, 7, true, false, true, false, false, int8send(id) FROM d;
  INSERT INTO dora.changes (entity_ref, repository, number, merge_commit, merged, bot, baseline, shipped, latest_at)
    SELECT ref, 'r', id, '', at, false, false, 'infinity', at FROM d;
  INSERT INTO dora.failures (entity_ref, evidence_id, roll_out, counted_at, deployment_key, finished, cause, by_key, detail, since, until, begins, ends,
      attribution)
    SELECT ref, int8send(id), int8send(id), at, int8send(id), at, 1, int8send(id), '', at, 'infinity', at, at, 0 FROM d;
  INSERT INTO dora.rework (entity_ref, evidence_id, roll_out, counted_at, deployment_key, reason, detail, since, attribution)
    SELECT ref, int8send(id), int8send(id), at, int8send(id), 1, '', at, 0 FROM d;
  INSERT INTO dora.gaps SELECT ref, int8send(id), 'cd', 's', at, at, 1, true FROM d;
  INSERT INTO dora.incidents (entity_ref, incident_key, source, incident_id, title, opened, resolutions, observed_environment, environment, tier, cause,
      caused_by, remedied_by, in_scope, last_transition)
    SELECT ref, int8send(id), 'pager', '', '', at, '{}', '', '', 1, 0, '{}', '{}', true, at FROM d;
  ANALYZE;
  SET plan_cache_mode = force_generic_plan)";

class ReaderStatementsTest : public testing::PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    connection_ = Connect();
    Run(kFill);
  }

  // What EXPLAIN says of a statement of text parameters.
  std::string PlanOf(const Statement& statement, const std::string& arguments) {
    return Run(absl::StrCat("PREPARE ", statement.name, " AS ", statement.sql, "; EXPLAIN (COSTS OFF) EXECUTE ",
                            statement.name, "(", arguments, ")"));
  }

 private:
  // The rows of the last statement.
  std::string Run(const std::string& sql) {
    std::string text;
    const absl::Status status = connection_->Autocommit("testing", [&](pqxx::transaction_base& tx) {
      for (const pqxx::row& row : tx.exec(sql)) absl::StrAppend(&text, row[0].c_str(), "\n");
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return text;
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(ReaderStatementsTest, LookUpWhatTheyName) {
  const ReaderStatements& all = ReaderStatements::Get();
  const auto looks_up = [&](const Statement& statement, const std::string& arguments) {
    // It has one row, which nothing looks up.
    const std::string plan = absl::StrReplaceAll(PlanOf(statement, arguments), {{"Seq Scan on sources_version", ""}});
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan"))) << statement.name << "\n" << plan;
    return plan;
  };
  looks_up(all.version_of_one, "'component:default/e7'");
  looks_up(all.versions, "'{component:default/e7,component:default/e8}'");
  looks_up(all.states, "'{component:default/e7}', true");
  looks_up(all.pool, "'system:default/s7', 1, false, 4000");
  looks_up({"read_pool_of_group", all.pool.sql}, "'group:default/g7', 3, true, 4000");
  looks_up(all.statuses, "'{cd,pager7}', '{1,3}'");
  looks_up(all.rows_of_several, "'{component:default/e7,component:default/e8}', '2026-01-01', true");
  looks_up(all.appended_of_several, "'{component:default/e7,component:default/e8}', '{2026-01-01,2026-01-01}'");
  EXPECT_THAT(looks_up(all.appended_of_one, "'component:default/e7', '2026-01-01'"), HasSubstr("Subplans Removed: 7"));
  // Of four tables in eight partitions, one partition each.
  EXPECT_THAT(looks_up(all.rows_of_one, "'component:default/e7', '2026-01-01', true"),
              HasSubstr("Subplans Removed: 7"));
}

}  // namespace
}  // namespace headway
