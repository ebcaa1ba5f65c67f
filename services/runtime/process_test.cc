#include "services/runtime/process.h"

#include <grpcpp/grpcpp.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/migrations.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"
#include "services/runtime/database_watch.h"
#include "services/runtime/flags.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PostgresCluster;

class Recorded : public Service {
 public:
  explicit Recorded(std::vector<std::string>* log) : log_(log) {}
  std::string name() const override { return "recorded"; }
  std::vector<GrpcService> grpc_services() override { return {}; }
  absl::Status Start() override {
    log_->push_back("start");
    return absl::OkStatus();
  }
  absl::Status Ready() override { return ready; }
  void Drain() override { log_->push_back("drain"); }
  void Stop() override { log_->push_back("stop"); }
  absl::Status ready = absl::OkStatus();

 private:
  std::vector<std::string>* log_;
};

TEST(Process, StartsTellsHealthAndStopsInOrder) {
  Instruments instruments;
  std::vector<std::string> log;
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<Recorded>(&log));
  Recorded& recorded = static_cast<Recorded&>(*services[0]);
  Process process({"127.0.0.1:0"}, instruments, std::move(services));
  ASSERT_TRUE(process.Start().ok());
  EXPECT_GT(process.port(), 0);
  EXPECT_TRUE(process.UpdateHealth().ok());
  recorded.ready = absl::UnavailableError("gone");
  EXPECT_TRUE(absl::IsUnavailable(process.UpdateHealth()));
  process.Stop();
  EXPECT_THAT(log, ElementsAre("start", "drain", "stop"));
}

TEST(Process, SaysThatAPortIsTaken) {
  Instruments instruments;
  Process first({"127.0.0.1:0"}, instruments, {});
  ASSERT_TRUE(first.Start().ok());
  Process second({absl::StrCat("127.0.0.1:", first.port())}, instruments, {});
  absl::Status status = second.Start();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("--listen"));
}

bool Becomes(const DatabaseWatch& watch, absl::StatusCode code) {
  for (int i = 0; i < 200; ++i) {
    if (watch.status().code() == code) return true;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

TEST(DatabaseWatch, SaysThatTheSchemaIsTooOldAndRecovers) {
  const std::string url = PostgresCluster::Shared().Url(PostgresCluster::Shared().CreateEmptyDatabase());
  DatabaseWatch watch([&]() -> absl::StatusOr<std::string> { return url; });
  watch.Start();
  ASSERT_TRUE(Becomes(watch, absl::StatusCode::kFailedPrecondition)) << watch.status();
  EXPECT_THAT(std::string(watch.status().message()), HasSubstr("run headway-migrate"));
  auto connection = Connection::Open(url);
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE(Migrate(**connection).ok());
  EXPECT_TRUE(watch.WaitUntilReady(absl::Seconds(10)));
}

TEST(DatabaseWatch, SaysThatTheServerIsDownAndRecovers) {
  const std::string url = PostgresCluster::Shared().Url(PostgresCluster::Shared().CreateDatabase());
  DatabaseWatch watch([&]() -> absl::StatusOr<std::string> { return url; });
  watch.Start();
  ASSERT_TRUE(watch.WaitUntilReady(absl::Seconds(10)));
  PostgresCluster::Shared().Kill();
  EXPECT_TRUE(Becomes(watch, absl::StatusCode::kUnavailable)) << watch.status();
  PostgresCluster::Shared().Start();
  EXPECT_TRUE(watch.WaitUntilReady(absl::Seconds(10))) << watch.status();
}

std::optional<int> Parse(std::vector<std::string> arguments, ServiceFlags& flags) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseServiceFlags(static_cast<int>(argv.size()), argv.data(), flags);
}

TEST(ServiceFlags, AreParsed) {
  ServiceFlags flags{"headway-test", "Tests."};
  EXPECT_EQ(Parse({"x", "--database-url", "host=/x", "--listen", "1.2.3.4:5", "--workers", "3"}, flags), std::nullopt);
  EXPECT_EQ(*DatabaseUrlFrom(flags)(), "host=/x");
  EXPECT_EQ(ProcessOptionsFrom(flags).listen, "1.2.3.4:5");
  EXPECT_EQ(flags.workers, 3);
}

TEST(ServiceFlags, AFileIsReadAgainAtEachConnect) {
  const std::string file = ::testing::TempDir() + "/url";
  ServiceFlags flags{"headway-test", "Tests."};
  ASSERT_EQ(Parse({"x", "--database-url-file", file}, flags), std::nullopt);
  DatabaseUrl url = DatabaseUrlFrom(flags);
  std::remove(file.c_str());
  EXPECT_TRUE(absl::IsUnavailable(url().status()));
  std::ofstream(file) << "one\n";
  EXPECT_EQ(*url(), "one");
  std::ofstream(file) << "two\n";
  EXPECT_EQ(*url(), "two");
}

TEST(ServiceFlags, FaultsEndTheProcessWithTwo) {
  unsetenv("HEADWAY_DATABASE_URL");
  ServiceFlags flags{"headway-test", "Tests."};
  EXPECT_EQ(Parse({"x"}, flags), 2);
  EXPECT_EQ(Parse({"x", "--nonsense"}, flags), 2);
  EXPECT_EQ(Parse({"x", "--help"}, flags), 0);
}

}  // namespace
}  // namespace headway
