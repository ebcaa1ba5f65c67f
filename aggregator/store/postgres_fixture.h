// A real PostgreSQL for tests: one private cluster for the whole test program, on a unix socket in a temporary folder, and for each test a fresh
// database that is already migrated (a copy of a template, some 50 ms). The cluster is started at the first use and stopped at exit; it also stops when
// the program is killed.
#ifndef HEADWAY_AGGREGATOR_STORE_POSTGRES_FIXTURE_H_
#define HEADWAY_AGGREGATOR_STORE_POSTGRES_FIXTURE_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "aggregator/store/connection.h"
#include "gtest/gtest.h"

namespace headway::testing {

// Not thread-safe, but for url().
class PostgresCluster {
 public:
  // fsync: real durability, slower.
  explicit PostgresCluster(bool fsync = false);
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  // The program's own.
  static PostgresCluster& Shared();

  // Names of new databases; migrated or empty.
  std::string CreateDatabase();
  std::string CreateEmptyDatabase();
  void DropDatabase(const std::string& name);
  // As the superuser, outside of a transaction; ends the program where it fails.
  void Execute(const std::string& database, const std::string& sql) const;
  // Connection string. The role must exist; "postgres" is the superuser.
  std::string Url(const std::string& database, const std::string& role = "postgres") const;

  // Starts it where it does not run; returns when it accepts connections.
  void Start();
  // As a power cut would: SIGKILL to the postmaster, whose children follow.
  void Kill();
  void Stop();
  // The parent of all its processes; -1 while it does not run.
  pid_t postmaster() const { return postmaster_; }

 private:
  void CreateFrom(const std::string& name, const std::string& source);

  std::string folder_;
  bool fsync_;
  pid_t postmaster_ = -1;
  bool has_template_ = false;
  int databases_ = 0;
};

// A test with a database of its own.
class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  const std::string& url() const { return url_; }
  // The same database as another role.
  std::string UrlAs(const std::string& role) const;
  // A new connection to it; fails the test where that is not possible.
  std::unique_ptr<Connection> Connect() const;
  // The first column of the first row of a query, as text; empty where there is none.
  std::string Query(const std::string& sql) const;
  void Execute(const std::string& sql) const;

 private:
  std::string database_;
  std::string url_;
};

// Holds a table so that nobody else can use it, until it is released or destroyed.
class TableLock {
 public:
  TableLock(const std::string& url, const std::string& table);
  ~TableLock() { Release(); }
  void Release();

 private:
  std::unique_ptr<Connection> connection_;
};

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_STORE_POSTGRES_FIXTURE_H_
