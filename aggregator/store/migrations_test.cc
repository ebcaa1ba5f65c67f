#include "aggregator/store/migrations.h"

#include <thread>

#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PostgresCluster;

class MigrationsTest : public ::testing::Test {
 protected:
  MigrationsTest() : database_(PostgresCluster::Shared().CreateEmptyDatabase()) {}
  ~MigrationsTest() override { PostgresCluster::Shared().DropDatabase(database_); }
  std::unique_ptr<Connection> Connect(const std::string& role = "postgres") {
    auto connection = Connection::Open(PostgresCluster::Shared().Url(database_, role));
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }
  std::string database_;
  const Migration one_{1, "0001_one.sql", "CREATE TABLE one (a int)"};
  const Migration two_{2, "0002_two.sql", "CREATE TABLE two (a int); CREATE TABLE two_b (a int)"};
};

TEST_F(MigrationsTest, AppliesWhatIsMissingAndNothingTwice) {
  auto connection = Connect();
  const Migration first[] = {{1, "0001_one.sql", "CREATE SCHEMA s CREATE TABLE one (a int)"}};
  auto report = Migrate(*connection, first);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->applied, ElementsAre("0001_one.sql"));
  const Migration both[] = {first[0], {2, "0002_two.sql", "CREATE TABLE s.two (a int)"}};
  report = Migrate(*connection, both);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->from, 1);
  EXPECT_EQ(report->to, 2);
  EXPECT_THAT(report->applied, ElementsAre("0002_two.sql"));
  report = Migrate(*connection, both);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->applied, IsEmpty());
}

TEST_F(MigrationsTest, AFileThatFailsLeavesNothingBehind) {
  auto connection = Connect();
  const Migration bad[] = {{1, "0001_bad.sql", "CREATE SCHEMA s; SELECT * FROM nowhere"}};
  auto report = Migrate(*connection, bad);
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("0001_bad.sql"));
  const Migration good[] = {{1, "0001_good.sql", "CREATE SCHEMA s"}};
  EXPECT_TRUE(Migrate(*connection, good).ok());
}

TEST_F(MigrationsTest, RefusesAFileThatChangedAfterItWasApplied) {
  auto connection = Connect();
  const Migration first[] = {{1, "0001_one.sql", "CREATE SCHEMA s"}};
  ASSERT_TRUE(Migrate(*connection, first).ok());
  const Migration changed[] = {{1, "0001_one.sql", "CREATE SCHEMA t"}};
  absl::Status status = Migrate(*connection, changed).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(MigrationsTest, SaysWhichVersionIsNeeded) {
  auto connection = Connect();
  absl::Status status = CheckSchema(*connection);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema is at 0, this program needs "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("run headway-migrate"));
  ASSERT_TRUE(Migrate(*connection).ok());
  EXPECT_TRUE(CheckSchema(*connection).ok());
}

TEST_F(MigrationsTest, SeveralMigratorsAtOnceAreHarmless) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(4);
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 4; ++i) connections.push_back(Connect());
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { results[i] = Migrate(*connections[i]).status(); });
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : results) EXPECT_TRUE(status.ok()) << status;
}

TEST_F(MigrationsTest, TheOwnerCanMigrateOnceTheRolesAreThere) {
  auto connection = Connect();
  const Migration first[] = {{1, "0001_one.sql", "CREATE SCHEMA s CREATE TABLE one (a int)"}};
  ASSERT_TRUE(Migrate(*connection, first).ok());
  const Migration both[] = {first[0], {2, "0002_two.sql", "ALTER TABLE s.one ADD b int"}};
  auto owner = Connect("headway_owner");
  auto report = Migrate(*owner, both);
  EXPECT_TRUE(report.ok()) << report.status();
}

}  // namespace
}  // namespace headway
