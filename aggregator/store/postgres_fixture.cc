#include "aggregator/store/postgres_fixture.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/migrations.h"

namespace headway::testing {
namespace {

[[noreturn]] void Fail(const std::string& what) {
  fprintf(stderr, "PostgreSQL for tests: %s\n", what.c_str());
  std::abort();
}

std::string Program(const std::string& name) {
  std::string best;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const std::string path = version.path().string() + "/bin/" + name;
    if (std::filesystem::exists(path) && path > best) best = path;
  }
  if (best.empty()) Fail(name + " is not installed in /usr/lib/postgresql");
  return best;
}

// Starts a program as user postgres (PostgreSQL refuses to run as root); it gets `death_signal` when this program dies.
pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log, int death_signal) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const passwd* user = geteuid() == 0 ? getpwnam("postgres") : nullptr;
  if (geteuid() == 0 && user == nullptr) Fail("there is no user postgres");
  const uid_t uid = user != nullptr ? user->pw_uid : 0;
  const gid_t gid = user != nullptr ? user->pw_gid : 0;
  const pid_t pid = fork();
  if (pid < 0) Fail("fork failed");
  if (pid > 0) return pid;
  setpgid(0, 0);  // an interrupt from the terminal is for the test program
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, 1);
  dup2(out, 2);
  if (chdir("/") != 0) _exit(126);
  if (uid != 0 && (setgroups(0, nullptr) != 0 || setgid(gid) != 0 || setuid(uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, death_signal);
  execv(argv[0], argv.data());
  _exit(127);
}

bool Accepts(const std::string& url) { return Connection::Open(url).ok(); }

}  // namespace

PostgresCluster::PostgresCluster(bool fsync) : fsync_(fsync) {
  std::string pattern = "/tmp/headway-pg-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) Fail("no temporary folder");
  folder_ = pattern;
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr || chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
      Fail("cannot give the folder to user postgres");
  }
  const pid_t pid = Spawn({Program("initdb"), "-D", folder_ + "/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                           "--locale=C", "--no-sync"},
                          folder_ + ".log", SIGKILL);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status != 0) Fail("initdb failed, see " + folder_ + ".log");
  Start();
}

PostgresCluster::~PostgresCluster() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  std::filesystem::remove(folder_ + ".log", ignored);
}

PostgresCluster& PostgresCluster::Shared() {
  static PostgresCluster cluster;  // its destructor stops it
  return cluster;
}

std::string PostgresCluster::Url(const std::string& database, const std::string& role) const {
  return absl::StrCat("host=", folder_, " user=", role, " dbname=", database);
}

void PostgresCluster::Start() {
  if (postmaster_ > 0) return;
  const std::string durable = fsync_ ? "on" : "off";
  // After a kill the old children may hold the shared memory for a moment: try again.
  for (int attempt = 0; attempt < 100; ++attempt) {
    postmaster_ = Spawn({Program("postgres"), "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c",
                         "fsync=" + durable, "-c", "full_page_writes=" + durable, "-c", "max_connections=100", "-c",
                         "shared_buffers=64MB", "-c", "max_wal_size=2GB"},
                        folder_ + ".log", SIGQUIT);
    for (int wait = 0; wait < 600; ++wait) {
      int status = 0;
      if (waitpid(postmaster_, &status, WNOHANG) == postmaster_) break;
      if (Accepts(Url("postgres"))) return;
      absl::SleepFor(absl::Milliseconds(50));
    }
    absl::SleepFor(absl::Milliseconds(100));
  }
  Fail("does not start, see " + folder_ + ".log");
}

void PostgresCluster::Kill() {
  if (postmaster_ <= 0) return;
  // A child that is left alone would go on to answer for a moment: all go at once.
  std::ifstream children(absl::StrCat("/proc/", postmaster_, "/task/", postmaster_, "/children"));
  const std::vector<pid_t> backends{std::istream_iterator<pid_t>(children), std::istream_iterator<pid_t>()};
  kill(postmaster_, SIGKILL);
  for (const pid_t backend : backends) kill(backend, SIGKILL);
  waitpid(postmaster_, nullptr, 0);
  postmaster_ = -1;
}

void PostgresCluster::Stop() {
  if (postmaster_ <= 0) return;
  kill(postmaster_, SIGINT);  // fast: open sessions are ended
  waitpid(postmaster_, nullptr, 0);
  postmaster_ = -1;
}

void PostgresCluster::CreateFrom(const std::string& name, const std::string& source) {
  auto admin = Connection::Open(Url("postgres"));
  if (!admin.ok()) Fail(std::string(admin.status().message()));
  absl::Status status = (*admin)->Autocommit("creating a database", [&](pqxx::transaction_base& tx) {
    tx.exec("CREATE DATABASE " + name + " TEMPLATE " + source);  // lint: sql of constants
    return absl::OkStatus();
  });
  if (!status.ok()) Fail(std::string(status.message()));
}

std::string PostgresCluster::CreateEmptyDatabase() {
  const std::string name = absl::StrCat("test_", ++databases_);
  CreateFrom(name, "template1");
  return name;
}

std::string PostgresCluster::CreateDatabase() {
  if (!has_template_) {
    CreateFrom("migrated", "template1");
    auto connection = Connection::Open(Url("migrated"));
    if (!connection.ok()) Fail(std::string(connection.status().message()));
    if (auto report = Migrate(**connection); !report.ok()) Fail(std::string(report.status().message()));
    has_template_ = true;
  }
  const std::string name = absl::StrCat("test_", ++databases_);
  CreateFrom(name, "migrated");
  return name;
}

void PostgresCluster::Execute(const std::string& database, const std::string& sql) const {
  auto connection = Connection::Open(Url(database));
  if (!connection.ok()) Fail(std::string(connection.status().message()));
  absl::Status status = (*connection)->Autocommit(sql, [&](pqxx::transaction_base& tx) {
    tx.exec(sql);
    return absl::OkStatus();
  });
  if (!status.ok()) Fail(std::string(status.message()));
}

void PostgresCluster::DropDatabase(const std::string& name) {
  auto admin = Connection::Open(Url("postgres"));
  if (!admin.ok()) return;  // the test has stopped it
  (*admin)
      ->Autocommit("dropping a database",
                   [&](pqxx::transaction_base& tx) {
                     tx.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");  // lint: sql of constants
                     return absl::OkStatus();
                   })
      .IgnoreError();
}

void PostgresTest::SetUp() {
  database_ = PostgresCluster::Shared().CreateDatabase();
  url_ = PostgresCluster::Shared().Url(database_);
}

void PostgresTest::TearDown() { PostgresCluster::Shared().DropDatabase(database_); }

std::string PostgresTest::UrlAs(const std::string& role) const {
  return PostgresCluster::Shared().Url(database_, role);
}

std::unique_ptr<Connection> PostgresTest::Connect() const {
  auto connection = Connection::Open(url_);
  if (!connection.ok()) Fail(std::string(connection.status().message()));
  return *std::move(connection);
}

std::string PostgresTest::Query(const std::string& sql) const {
  std::string text;
  absl::Status status = Connect()->Autocommit("querying " + sql, [&](pqxx::transaction_base& tx) {
    const pqxx::result rows = tx.exec(sql);
    if (!rows.empty() && !rows[0][0].is_null()) text = rows[0][0].as<std::string>();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

void PostgresTest::Execute(const std::string& sql) const { Query(sql); }

TableLock::TableLock(const std::string& url, const std::string& table) {
  auto connection = Connection::Open(url);
  if (!connection.ok()) Fail(std::string(connection.status().message()));
  connection_ = *std::move(connection);
  absl::Status status = connection_->Autocommit("locking a table", [&](pqxx::transaction_base& tx) {
    tx.exec("BEGIN; LOCK TABLE " + table);  // lint: sql of constants
    return absl::OkStatus();
  });
  if (!status.ok()) Fail(std::string(status.message()));
}

void TableLock::Release() { connection_.reset(); }

}  // namespace headway::testing
