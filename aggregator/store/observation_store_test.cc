#include "aggregator/store/observation_store.h"

#include <thread>

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/store/postgres_fixture.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

class ObservationStoreTest : public testing::PostgresTest {
 protected:
  static v1::Observation Deployment(int i, const std::string& revision = "") {
    v1::Observation observation;
    observation.set_source("test:1");
    v1::Deployment& deployment = *observation.mutable_deployment();
    deployment.set_key(absl::StrCat("d", i));
    deployment.set_stream("s");
    deployment.set_environment("prod");
    deployment.set_source_revision(revision);
    deployment.set_phase(v1::Deployment::SUCCEEDED);
    deployment.mutable_finished_at()->set_seconds(1000 + i);
    return observation;
  }
  static v1::Observation Commit(char digit, int64_t second = 1, const std::string& source = "git") {
    v1::Observation observation;
    observation.set_source(source);
    v1::Commit& commit = *observation.mutable_commit();
    commit.set_repository("host/a/b");
    commit.set_sha(std::string(40, digit));
    commit.mutable_authored_at()->set_seconds(second);
    commit.mutable_committed_at()->set_seconds(second);
    return observation;
  }
  static std::vector<PreparedObservation> PrepareAll(const std::vector<v1::Observation>& observations) {
    std::vector<PreparedObservation> prepared;
    for (const v1::Observation& one : observations) prepared.push_back(Prepare(one));
    return prepared;
  }
  AppendResult Append(const std::vector<v1::Observation>& observations) {
    auto connection = Connect();
    auto result = ObservationStore(*connection).Append(PrepareAll(observations));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(AppendResult{});
  }
};

TEST_F(ObservationStoreTest, KeepsThePayloadAsItCame) {
  EXPECT_EQ(Append({Deployment(1), Deployment(2)}).stored, 2);
  auto connection = Connect();
  ASSERT_TRUE(
      connection
          ->Snapshot("reading",
                     [&](pqxx::transaction_base& tx) {
                       const PreparedObservation expected = Prepare(Deployment(2));
                       const pqxx::row row = tx.exec_params1(
                           "SELECT object_key, payload_key, kind, payload FROM raw.observations WHERE stream_id = $1",
                           expected.stream_id);
                       auto text = [](absl::Span<const uint8_t> b) { return std::string(b.begin(), b.end()); };
                       EXPECT_EQ(pqxx::binarystring(row[0]).str(), text(expected.object_key.bytes));
                       EXPECT_EQ(pqxx::binarystring(row[1]).str(), text(expected.payload_key));
                       EXPECT_EQ(row[2].as<int>(), 4);
                       EXPECT_EQ(pqxx::binarystring(row[3]).str(), Deployment(2).SerializeAsString());
                       return absl::OkStatus();
                     })
          .ok());
}

TEST_F(ObservationStoreTest, CountsDuplicatesAndQueuesOnlyWhatIsNew) {
  AppendResult first = Append({Deployment(1), Deployment(2), Deployment(1)});
  EXPECT_EQ(first.stored, 2);
  EXPECT_EQ(first.duplicates, 1);
  EXPECT_EQ(Query("SELECT count(*) FROM raw.work_items"), "2");
  AppendResult second = Append({Deployment(2), Deployment(3)});
  EXPECT_EQ(second.stored, 1);
  EXPECT_EQ(second.duplicates, 1);
  EXPECT_EQ(Query("SELECT count(*) FROM raw.work_items"), "3");
  EXPECT_EQ(Query("SELECT count(*) FROM raw.observations"), "3");
}

TEST_F(ObservationStoreTest, AGuessThatAllIsNewIsHarmlessWhenItIsWrong) {
  auto connection = Connect();
  NoveltyGuess guess;
  ObservationStore store(*connection, &guess);
  EXPECT_EQ(store.Append(PrepareAll({Deployment(1), Deployment(2), Commit('a')}))->stored, 3);
  EXPECT_TRUE(guess.ExpectsNew());
  auto mixed = store.Append(PrepareAll({Deployment(2), Deployment(3), Commit('a'), Commit('b')}));
  ASSERT_TRUE(mixed.ok()) << mixed.status();
  EXPECT_EQ(mixed->stored, 2);
  EXPECT_EQ(mixed->duplicates, 2);
  EXPECT_FALSE(guess.ExpectsNew());
  for (int i = 0; i < 32; ++i) EXPECT_EQ(store.Append(PrepareAll({Deployment(100 + i)}))->stored, 1);
  EXPECT_TRUE(guess.ExpectsNew());
  EXPECT_EQ(Query("SELECT count(*) FROM raw.observations"), "35");
  EXPECT_EQ(Query("SELECT count(*) FROM raw.work_items WHERE object_key IS NOT NULL"), "35");
}

TEST_F(ObservationStoreTest, ABatchThatRepeatsItselfIsStoredOnceAlsoWhenItWasGuessedNew) {
  auto connection = Connect();
  NoveltyGuess guess;
  auto result = ObservationStore(*connection, &guess).Append(PrepareAll({Deployment(1), Deployment(1)}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stored, 1);
  EXPECT_EQ(result->duplicates, 1);
}

TEST_F(ObservationStoreTest, KeepsEveryPayloadOfOneKey) {
  EXPECT_EQ(Append({Deployment(1, "a"), Deployment(1, "b")}).stored, 2);
  EXPECT_EQ(Query("SELECT count(DISTINCT (stream_id, object_key)) FROM raw.observations"), "1");
  EXPECT_EQ(Query("SELECT count(*) FROM raw.work_items WHERE unit = stream_id AND object_key IS NOT NULL"), "2");
}

TEST_F(ObservationStoreTest, StoresCommitsWithAllTheySay) {
  v1::Observation full = Commit('a', 7);
  full.mutable_commit()->add_parents(std::string(40, 'b'));
  full.mutable_commit()->add_parents(std::string(40, 'c'));
  full.mutable_commit()->mutable_authored_at()->set_nanos(123'456'789);
  full.mutable_commit()->mutable_paths()->add_paths("a \"quoted\\ {path}, NULL");
  full.mutable_commit()->mutable_paths()->add_paths("line\nend");
  full.mutable_commit()->add_reverts(std::string(40, 'd'));
  EXPECT_EQ(Append({full, Commit('1')}).stored, 2);
  auto of_a = [&](const std::string& column) {
    return Query(absl::StrCat(
        "SELECT ", column, " FROM dora.commits WHERE sha = decode(repeat('a', 40), 'hex')"));  // lint: sql of constants
  };
  EXPECT_EQ(of_a("encode(parents, 'hex')"), std::string(40, 'b') + std::string(40, 'c'));
  EXPECT_EQ(of_a("authored_at"), "7123456");
  EXPECT_EQ(of_a("paths[1]"), "a \"quoted\\ {path}, NULL");
  EXPECT_EQ(of_a("paths[2]"), "line\nend");
  EXPECT_EQ(of_a("encode(reverts[1], 'hex')"), std::string(40, 'd'));
  EXPECT_EQ(Query("SELECT count(*) FROM dora.commits WHERE paths IS NULL AND cherry_picked_from = '{}'"), "1");
  EXPECT_EQ(Query("SELECT string_agg(subject, ',') FROM raw.work_items WHERE kind = 2"), "host/a/b");
}

TEST_F(ObservationStoreTest, KnownPathsMayBeNone) {
  v1::Observation none = Commit('a');
  none.mutable_commit()->mutable_paths();
  Append({none});
  EXPECT_EQ(Query("SELECT paths FROM dora.commits"), "{}");
}

TEST_F(ObservationStoreTest, TheSameCommitFromAnotherSourceIsADuplicate) {
  EXPECT_EQ(Append({Commit('a')}).stored, 1);
  AppendResult again = Append({Commit('a', 1, "another"), Commit('a')});
  EXPECT_EQ(again.stored, 0);
  EXPECT_EQ(again.duplicates, 2);
  EXPECT_EQ(Query("SELECT count(*) FROM raw.work_items"), "1");
}

TEST_F(ObservationStoreTest, ATellingOfACommitThatKnowsThePathsHoldsOverAnyWithout) {
  for (int second = 1; second <= 8; ++second) {  // some of these hash to more than the one with paths, some to less
    v1::Observation with_paths = Commit('a');
    with_paths.mutable_commit()->mutable_paths()->add_paths("service/main.go");
    Append({Commit('a', second)});
    Append({with_paths});
    EXPECT_EQ(Append({Commit('a', second + 1), with_paths}).stored, 0);
    EXPECT_EQ(Query("SELECT paths::text FROM dora.commits"), "{service/main.go}");
    Execute("TRUNCATE dora.commits");
  }
}

TEST_F(ObservationStoreTest, OfTwoTellingsOfACommitTheSameHoldsInEitherOrder) {
  Append({Commit('a', 1)});
  Append({Commit('a', 2)});
  const std::string one = Query("SELECT committed_at FROM dora.commits");
  Execute("TRUNCATE dora.commits");
  Append({Commit('a', 2)});
  Append({Commit('a', 1)});
  EXPECT_EQ(Query("SELECT committed_at FROM dora.commits"), one);
  Execute("TRUNCATE dora.commits");
  EXPECT_EQ(Append({Commit('a', 2), Commit('a', 1)}).stored, 1);
  EXPECT_EQ(Query("SELECT committed_at FROM dora.commits"), one);
}

TEST_F(ObservationStoreTest, WhatWasNotAcknowledgedCanBeSentAgain) {
  auto connection = Connect();
  ObservationStore store(*connection);
  // The backend dies with everything written and nothing committed: a trigger at the end of the transaction.
  Execute(
      "CREATE TABLE trap (armed bool); INSERT INTO trap VALUES (true);"
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT armed FROM trap) THEN "
      "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON raw.work_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION die()");
  const auto batch = PrepareAll({Deployment(1), Deployment(2), Commit('a')});
  auto result = store.Append(batch);
  EXPECT_TRUE(IsRetryable(result.status())) << result.status();
  EXPECT_FALSE(connection->IsOpen());
  EXPECT_EQ(Query("SELECT count(*) FROM raw.observations"), "0");
  EXPECT_EQ(Query("SELECT count(*) FROM raw.work_items"), "0");
  Execute("UPDATE trap SET armed = false");
  auto again = Connect();
  result = ObservationStore(*again).Append(batch);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stored, 3);
}

TEST_F(ObservationStoreTest, BatchesThatShareRecordsDoNotDeadlock) {
  std::vector<v1::Observation> forward, backward;
  for (int i = 0; i < 300; ++i) forward.push_back(Deployment(i));
  for (int i = 0; i < 16; ++i) forward.push_back(Commit("0123456789abcdef"[i]));
  backward.assign(forward.rbegin(), forward.rend());
  std::atomic<int64_t> stored{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      auto connection = Connect();
      auto result = ObservationStore(*connection).Append(PrepareAll(t % 2 == 0 ? forward : backward));
      ASSERT_TRUE(result.ok()) << result.status();
      stored += result->stored;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, 316);
}

TEST_F(ObservationStoreTest, TheAggregatorsRoleCanAppendAndCannotChangeHistory) {
  auto connection = Connection::Open(UrlAs("headway_aggregator"));
  ASSERT_TRUE(connection.ok()) << connection.status();
  auto result = ObservationStore(**connection).Append(PrepareAll({Deployment(1), Commit('a')}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stored, 2);
  absl::Status status = (*connection)->Transact("deleting", [](pqxx::transaction_base& tx) {
    tx.exec("DELETE FROM raw.observations");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
}

}  // namespace
}  // namespace headway
