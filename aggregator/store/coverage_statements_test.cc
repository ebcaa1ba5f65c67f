// Coverage of everything reads a row for each entity, stream and source, and of deployments, changes and gaps those of the window only. No other test would see a
// plan that reads all of them.
#include "aggregator/store/coverage_statements.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ContainsRegex;
using ::testing::Not;

// 100,000 entities, of which each tenth has had a deployment and a change lately; 400,000 deployments and changes before.
constexpr char kFill[] = R"(
  CREATE TEMP TABLE e AS SELECT 'component:default/e' || i AS ref, i, i % 10 = 0 AS lately FROM generate_series(1, 100000) i;
  CREATE TEMP TABLE d AS SELECT ref, i * 20 + n AS id, CASE WHEN lately AND n = 1 THEN now() - interval '1 hour' ELSE now() - n * interval '100 days' END AS at
    FROM e, generate_series(1, 20) n WHERE i <= 20000;
  INSERT INTO dora.entities (entity_ref, version, last_finished) SELECT ref, 1, CASE WHEN lately THEN now() - interval '1 hour' ELSE now() - interval '100 days' END FROM e;
  INSERT INTO dora.entity_sources SELECT ref, 2, 'forge', CASE WHEN lately THEN now() ELSE now() - interval '100 days' END FROM e;
  INSERT INTO dora.deployments (entity_ref, deployment_key, source, source_key, stream, observed_environment, environment, tier, repository,
      source_revision, config_revision, images, phase, effect, automated, revision_evidence, finished, kind, in_scope, failed_attempt, counts,
      known_commit, truncated, identity)
    SELECT ref, int8send(id), 'cd', '', 's', 'prod', 'prod', 1, '', '', '', '{}', 2, 0, true, '', at, 7, true, false, true, false, false, int8send(id) FROM d;
  INSERT INTO dora.deployments (entity_ref, deployment_key, source, source_key, stream, observed_environment, environment, tier, repository,
      source_revision, config_revision, images, phase, effect, automated, revision_evidence, finished, kind, in_scope, failed_attempt, counts,
      known_commit, truncated, identity)
    SELECT '', int8send(id), 'cd', '', 's', 'prod', 'prod', 1, '', '', '', '{}', 2, 0, true, '', at, 7, true, false, true, false, false, int8send(id)
    FROM d WHERE id % 10 = 0;
  INSERT INTO dora.changes (entity_ref, repository, number, merge_commit, merged, bot, baseline, shipped, latest_at)
    SELECT ref, 'r', id, '', at, false, false, 'infinity', at FROM d;
  ANALYZE;
  SET plan_cache_mode = force_generic_plan)";

class CoverageStatementsTest : public testing::PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    connection_ = Connect();
    Run(kFill);
  }

  std::string PlanOf(const std::string& name, const std::string& sql, const std::string& arguments) {
    return Run(
        absl::StrCat("PREPARE ", name, " AS ", sql, "; EXPLAIN (COSTS OFF) EXECUTE ", name, "(", arguments, ")"));
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

TEST_F(CoverageStatementsTest, LookUpWhatTheWindowHolds) {
  const std::string window = "now() - interval '30 days', now()";
  const CoverageStatements& all = CoverageStatements::OfAll();
  const auto looks_up = [this](const char* name, const std::string& sql, const std::string& arguments) {
    const std::string plan = PlanOf(name, sql, arguments);
    EXPECT_THAT(plan, Not(ContainsRegex("Seq Scan on (deployments|changes|gaps)"))) << name << "\n" << plan;
  };
  looks_up("deployments_of_all", all.deployments, absl::StrCat(window, ", '100'"));
  looks_up("unmapped_of_all", all.unmapped, absl::StrCat(window, ", '100'"));
  looks_up("changes_of_all", all.changes, window);
  const CoverageStatements& one = CoverageStatements::OfOne();
  const std::string entity = absl::StrCat(window, ", 'component:default/e10'");
  looks_up("deployments_of_one", one.deployments, absl::StrCat(entity, ", '100'"));
  looks_up("changes_of_one", one.changes, entity);
}

}  // namespace
}  // namespace headway
