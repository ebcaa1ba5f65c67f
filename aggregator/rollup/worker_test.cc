#include "aggregator/rollup/worker.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/rollup/random_world.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gtest/gtest.h"

extern char** environ;

namespace headway::testing {
namespace {

std::vector<v1::Observation> Events(uint64_t seed, int count) {
  RandomWorld world(seed);
  std::vector<v1::Observation> observations;
  for (int i = 0; i < count; ++i) observations.push_back(world.Next());
  return observations;
}

std::map<std::string, std::vector<std::string>> FromScratch(const std::vector<v1::Observation>& observations) {
  Installation other;
  other.Ingest(observations);
  other.Drain(false);
  return other.Dump();
}

// Something that goes on in a thread until it goes out of scope.
class Meanwhile {
 public:
  explicit Meanwhile(std::function<void()> once)
      : thread_([this, once = std::move(once)] {
          while (!done_) once();
        }) {}
  ~Meanwhile() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// Waits until nothing waits in any queue.
void WaitUntilDone(const Installation& installation) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  const std::string left =
      "SELECT (SELECT count(*) FROM raw.work_items) + (SELECT count(*) FROM dora.object_work) + (SELECT count(*) FROM "
      "dora.entity_work) AS n";
  while (installation.Query(left) != "(0)") {
    ASSERT_LT(absl::Now(), deadline) << "work is left: " << installation.Query(left);
    absl::SleepFor(absl::Milliseconds(20));
  }
}

TEST(Worker, TwoOfThemWhoseConnectionsBreakLoseAndDoubleNothing) {
  const std::vector<v1::Observation> observations = Events(101, 300);
  Installation installation;
  WorkerOptions options;
  options.threads = 2;
  options.items_per_batch = 10;
  options.poll = absl::Milliseconds(10);
  Worker worker(&installation.pool(), &installation.graphs(), options);
  worker.Start();
  {
    auto killer = Connection::Open(installation.url()).value();
    const Meanwhile killing([&] {
      absl::SleepFor(absl::Milliseconds(30));
      installation.TerminateWorkers(*killer);
    });
    for (size_t i = 0; i < observations.size(); i += 5) {
      installation.Ingest({observations.begin() + i, observations.begin() + i + 5});
      worker.Wake();
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  WaitUntilDone(installation);
  worker.Stop();
  EXPECT_GT(worker.counters().failures.load(), 0);
  EXPECT_EQ(worker.counters().parked.load(), 0);
  EXPECT_EQ(Difference(FromScratch(observations), installation.Dump()), "");
}

class WorkerProcess {
 public:
  explicit WorkerProcess(const std::string& url) {
    const char* const arguments[] = {HEADWAY_WORKER_PROCESS, url.c_str(), nullptr};
    EXPECT_EQ(
        posix_spawn(&pid_, HEADWAY_WORKER_PROCESS, nullptr, nullptr, const_cast<char* const*>(arguments), environ), 0);
  }
  ~WorkerProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

TEST(Worker, KilledAgainAndAgainItLosesAndDoublesNothing) {
  const std::vector<v1::Observation> observations = Events(102, 300);
  Installation installation;
  std::mt19937_64 random(1);
  size_t next = 0;
  while (next < observations.size()) {
    const WorkerProcess one(installation.url());
    const WorkerProcess two(installation.url());
    for (int i = 0; i < 3 && next < observations.size(); ++i, next += 10) {
      installation.Ingest({observations.begin() + next, observations.begin() + next + 10});
    }
    absl::SleepFor(absl::Milliseconds(20 + random() % 150));
  }
  {
    const WorkerProcess last(installation.url());
    WaitUntilDone(installation);
  }
  EXPECT_EQ(Difference(FromScratch(observations), installation.Dump()), "");
}

TEST(Worker, SetsAsideWhatFailsAndGoesOnWithTheRest) {
  Installation installation(1);  // as headway-all has for one worker
  std::vector<v1::Observation> observations;
  for (int i = 0; i < 40; ++i) {
    v1::Observation observation;
    observation.set_source("cd");
    v1::Deployment& deployment = *observation.mutable_deployment();
    deployment.set_key(absl::StrCat("d", i));
    deployment.set_entity_ref(absl::StrCat("component:default/e", i));
    deployment.set_stream("app");
    deployment.set_environment("prod");
    deployment.set_phase(v1::Deployment::SUCCEEDED);
    deployment.mutable_finished_at()->set_seconds(1'770'000'000 + i);
    observations.push_back(observation);
  }
  installation.Execute("ALTER TABLE dora.deployments ADD CONSTRAINT broken CHECK (source_key <> 'd17')");
  installation.Ingest(observations);
  WorkerOptions options;
  options.poll = absl::Milliseconds(10);
  std::atomic<int> errors{0};
  options.on_error = [&](const absl::Status& status) {
    EXPECT_NE(status.message().find("broken"), absl::string_view::npos) << status;
    ++errors;
  };
  Worker worker(&installation.pool(), &installation.graphs(), options);
  worker.Start();
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (installation.Query("SELECT count(*) FROM dora.deployments") != "(39)" && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(installation.Query("SELECT count(*) FROM dora.deployments"), "(39)");
  while (installation.Query("SELECT count(*) FROM dora.parked_units") != "(1)" && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(installation.Query("SELECT count(*) FROM dora.parked_units WHERE error LIKE '%broken%'"), "(1)");
  EXPECT_GT(errors.load(), 0);

  installation.Execute("ALTER TABLE dora.deployments DROP CONSTRAINT broken");
  installation.Execute("UPDATE dora.parked_units SET not_before = now()");
  WaitUntilDone(installation);
  worker.Stop();
  EXPECT_EQ(installation.Query("SELECT count(*) FROM dora.deployments"), "(40)");
  EXPECT_EQ(installation.Query("SELECT count(*) FROM dora.parked_units"), "(0)");
}

TEST(Rebuild, ReadersSeeNothingEmptyOrHalf) {
  const std::vector<v1::Observation> observations = Events(103, 250);
  Installation installation(6);
  installation.Ingest(observations);
  installation.Drain();
  const auto expected = installation.Dump();
  const std::string versions = installation.Query("SELECT sum(version) FROM dora.entities");
  std::atomic<int> reads{0};
  {
    Installation::Reader reader(installation);
    const Meanwhile reading([&] {
      EXPECT_EQ(Difference(expected, reader.Dump()), "");
      ++reads;
    });
    for (int i = 0; i < 5 || reads < 5; ++i) EXPECT_EQ(installation.Rebuild().changed, 0);
  }
  EXPECT_EQ(installation.Query("SELECT sum(version) FROM dora.entities"), versions);
}

TEST(Rebuild, HealsWhatIsWrongAndTouchesNothingElse) {
  const std::vector<v1::Observation> observations = Events(104, 250);
  Installation installation;
  installation.Ingest(observations);
  installation.Drain();
  const auto expected = installation.Dump();
  installation.Execute(
      "DELETE FROM dora.failures; DELETE FROM dora.stream_heads; UPDATE dora.changes SET shipped = 'infinity'; "
      "DELETE FROM dora.deployments WHERE get_byte(deployment_key, 0) < 40; UPDATE dora.pull_requests SET bot = NOT "
      "bot");
  EXPECT_NE(Difference(expected, installation.Dump()), "");
  EXPECT_GT(installation.Rebuild().changed, 0);
  installation.Drain();
  EXPECT_EQ(Difference(expected, installation.Dump()), "");
  EXPECT_EQ(installation.Rebuild().changed, 0);
}

}  // namespace
}  // namespace headway::testing
