#include "aggregator/store/connection.h"

#include <thread>

#include <pqxx/pqxx>

#include "aggregator/store/connection_pool.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

class ConnectionTest : public testing::PostgresTest {
 protected:
  absl::Status Run(Connection& connection, const std::string& sql) {
    return connection.Transact("testing", [&](pqxx::transaction_base& tx) {
      tx.exec(sql);
      return absl::OkStatus();
    });
  }
};

TEST_F(ConnectionTest, TranslatesErrorsOfTheServer) {
  auto connection = Connect();
  EXPECT_TRUE(absl::IsFailedPrecondition(Run(*connection, "SELECT * FROM nowhere")));
  EXPECT_TRUE(absl::IsInvalidArgument(Run(*connection, "SELECT 1/0")));
  EXPECT_TRUE(absl::IsInternal(Run(*connection, "SELEC 1")));
  ASSERT_TRUE(Run(*connection, "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)").ok());
  absl::Status twice = Run(*connection, "INSERT INTO t VALUES (1)");
  EXPECT_TRUE(absl::IsAlreadyExists(twice)) << twice;
  EXPECT_THAT(std::string(twice.message()), HasSubstr("while testing: "));
  EXPECT_FALSE(IsRetryable(twice));
  EXPECT_TRUE(connection->IsOpen());
}

TEST_F(ConnectionTest, RollsBackWhenTheBodyFails) {
  auto connection = Connect();
  ASSERT_TRUE(Run(*connection, "CREATE TABLE t (a int)").ok());
  absl::Status status = connection->Transact("testing", [&](pqxx::transaction_base& tx) {
    tx.exec("INSERT INTO t VALUES (1)");
    return absl::CancelledError("no");
  });
  EXPECT_TRUE(absl::IsCancelled(status));
  EXPECT_EQ(Query("SELECT count(*) FROM t"), "0");
}

TEST_F(ConnectionTest, SnapshotSeesOneStateAndWritesNothing) {
  auto connection = Connect();
  ASSERT_TRUE(Run(*connection, "CREATE TABLE t (a int)").ok());
  std::string before, after;
  ASSERT_TRUE(connection
                  ->Snapshot("reading",
                             [&](pqxx::transaction_base& tx) {
                               before = tx.exec1("SELECT count(*) FROM t")[0].c_str();
                               Execute("INSERT INTO t VALUES (1)");
                               after = tx.exec1("SELECT count(*) FROM t")[0].c_str();
                               return absl::OkStatus();
                             })
                  .ok());
  EXPECT_EQ(before, "0");
  EXPECT_EQ(after, "0");
  EXPECT_FALSE(connection
                   ->Snapshot("writing",
                              [&](pqxx::transaction_base& tx) {
                                tx.exec("INSERT INTO t VALUES (1)");
                                return absl::OkStatus();
                              })
                   .ok());
}

TEST_F(ConnectionTest, StatementTimeoutIsDeadlineExceeded) {
  auto connection = Connect();
  ASSERT_TRUE(connection->SetStatementTimeout(absl::Milliseconds(20)).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run(*connection, "SELECT pg_sleep(5)")));
  ASSERT_TRUE(connection->SetStatementTimeout(absl::ZeroDuration()).ok());
  EXPECT_TRUE(Run(*connection, "SELECT pg_sleep(0.1)").ok());
}

TEST_F(ConnectionTest, AServerThatIsNotThereIsUnavailable) {
  absl::Status status = Connection::Open("host=/nonexistent dbname=x").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(IsRetryable(status));
}

TEST_F(ConnectionTest, ShowsNothingOfAConnectionStringThatIsMalformed) {
  for (const std::string url : {"host=/tmp secret", "password='secret", "postgresql://u:secret@/x?nonsense=1",
                                "postgresql://u:secret@secret@127.0.0.1:1/x", "postgresql://u:secret/secret@h/x"}) {
    absl::Status status = Connection::Open(url).status();
    EXPECT_FALSE(status.ok()) << url;
    EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("secret"))) << url;
    EXPECT_THAT(std::string(status.message()), HasSubstr("connecting to PostgreSQL"));
  }
}

TEST_F(ConnectionTest, ThePoolReplacesAConnectionThatBroke) {
  ConnectionPool pool(url(), 1);
  {
    auto lease = pool.Acquire();
    ASSERT_TRUE(lease.ok());
    absl::Status status = Run(**lease, "SELECT pg_terminate_backend(pg_backend_pid())");
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_FALSE((*lease)->IsOpen());
  }
  auto again = pool.Acquire();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(Run(**again, "SELECT 1").ok());
}

TEST_F(ConnectionTest, ThePoolIsBounded) {
  ConnectionPool pool(url(), 1);
  auto lease = pool.Acquire();
  ASSERT_TRUE(lease.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(pool.Acquire(absl::Milliseconds(10)).status()));
}

TEST_F(ConnectionTest, ThePoolRecoversWhenTheServerComesBack) {
  ConnectionPool pool(url(), 2);
  ASSERT_TRUE(pool.Acquire().ok());
  testing::PostgresCluster::Shared().Kill();
  {
    auto lease = pool.Acquire();
    if (lease.ok()) {
      absl::Status status = Run(**lease, "SELECT 1");
      EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    }
  }
  EXPECT_TRUE(absl::IsUnavailable(pool.Acquire().status()));
  testing::PostgresCluster::Shared().Start();
  auto lease = pool.Acquire();
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_TRUE(Run(**lease, "SELECT 1").ok());
}

TEST(SqlState, EachFamilyHasItsStatus) {
  auto code = [](absl::string_view state) { return StatusFromSqlState(state, "x", "y").code(); };
  EXPECT_EQ(code("08006"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("57P03"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("53300"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("40001"), absl::StatusCode::kAborted);
  EXPECT_EQ(code("40P01"), absl::StatusCode::kAborted);
  EXPECT_EQ(code("53100"), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code("57014"), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(code("42501"), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code("42P01"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code("XX000"), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace headway
