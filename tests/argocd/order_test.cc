// However much of an Application's life is seen, in whatever order and how often: each sync is one deployment, with the same fields.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "ingester/argocd/golden_cases.h"
#include "tests/argocd/application_life.h"
#include "tests/argocd/folded_objects.h"

namespace headway {
namespace {

using Kind = TrueSync::Kind;

// What must be known of a sync after some moments were seen.
struct Expected {
  bool exists = false;
  Phase phase = Phase::kPending;
  absl::Time finished;
  Effect effect = Effect::kChanged;
  bool images = false;   // known
  bool healthy = false;  // known
};

bool Shows(const Moment& moment, int sync) {
  return std::find(moment.history.begin(), moment.history.end(), sync) != moment.history.end();
}

class Life {
 public:
  explicit Life(const LifeOptions& options) : life_(options) {}

  const std::vector<Moment>& moments() const { return life_.moments(); }

  Expected After(const std::vector<int>& seen, int sync) const {
    const TrueSync& truth = life_.syncs()[sync];
    Expected expected;
    if (truth.kind == Kind::kDryRun) return expected;
    for (const int index : seen) {
      const Moment& moment = life_.moments()[index];
      const bool operation = moment.operation == sync;
      const bool done = Shows(moment, sync) || (operation && moment.completed);
      if (!done && !operation) continue;
      expected.exists = true;
      if (!done) continue;
      expected.phase = truth.kind == Kind::kFailed ? Phase::kFailed : Phase::kSucceeded;
      expected.finished = truth.id >= 0 ? truth.recorded : truth.finished;
      if (truth.kind == Kind::kFailed) continue;
      if (NothingNew(moment, sync)) {
        expected.effect = truth.kind == Kind::kPartial ? Effect::kSelfHeal : Effect::kResync;
      }
      expected.images |= operation && moment.completed;
      expected.healthy |= operation && moment.healthy_known;
    }
    return expected;
  }

  void Check(const std::vector<int>& seen, const std::vector<DeploymentFact>& deployments, bool newer) const {
    size_t count = 0;
    for (size_t i = 0; i < life_.syncs().size(); ++i) {
      const TrueSync& truth = life_.syncs()[i];
      const Expected expected = After(seen, static_cast<int>(i));
      std::vector<const DeploymentFact*> found;
      for (const DeploymentFact& one : deployments) {
        if (one.started == truth.started) found.push_back(&one);
      }
      ASSERT_EQ(found.size(), expected.exists ? 1u : 0u) << "sync " << i;
      count += found.size();
      if (found.empty()) continue;
      const DeploymentFact& fact = *found[0];
      EXPECT_EQ(fact.phase, expected.phase) << "sync " << i;
      EXPECT_EQ(fact.automated, truth.automated) << "sync " << i;
      EXPECT_EQ(fact.effect, expected.effect) << "sync " << i;
      if (expected.phase == Phase::kPending) continue;
      EXPECT_EQ(fact.synced, expected.finished) << "sync " << i;
      if (!newer) continue;
      EXPECT_EQ(fact.images, expected.images ? std::vector<std::string>{truth.image} : std::vector<std::string>{});
      CheckHealth(truth, expected, fact);
    }
    EXPECT_EQ(count, deployments.size()) << "deployments that never were";
  }

 private:
  static void CheckHealth(const TrueSync& truth, const Expected& expected, const DeploymentFact& fact) {
    EXPECT_FALSE(fact.degraded.has_value());
    // Of what counts never nobody asks; and who was not there at the time takes a later change of health for the first.
    if (expected.effect != Effect::kChanged || !expected.healthy) return;
    EXPECT_EQ(fact.healthy, truth.healthy);
  }

  // Whether the moment tells that the sync brought nothing new.
  bool NothingNew(const Moment& moment, int sync) const {
    const TrueSync& truth = life_.syncs()[sync];
    if (moment.operation == sync && moment.completed && truth.nothing_applied) return true;
    const auto& history = moment.history;
    if (truth.kind == Kind::kPartial) {
      return moment.operation == sync && !history.empty() && life_.syncs()[history.back()].revision == truth.revision;
    }
    const auto at = std::find(history.begin(), history.end(), sync);
    return at != history.end() && at != history.begin() && life_.syncs()[*(at - 1)].revision == truth.revision;
  }

  ApplicationLife life_;
};

std::vector<DeploymentFact> Seen(const Life& life, const std::vector<int>& order) {
  FoldedObjects objects;
  for (const int index : order) objects.See(life.moments()[index].json);
  return objects.Deployments();
}

void CheckLife(const LifeOptions& options) {
  const Life life(options);
  std::mt19937 random(options.seed);
  for (int round = 0; round < 8; ++round) {
    std::vector<int> seen;
    const uint32_t percent = round == 0 ? 100 : 5 + random() % 90;
    for (size_t i = 0; i < life.moments().size(); ++i) {
      if (random() % 100 < percent) seen.push_back(static_cast<int>(i));
    }
    const std::vector<DeploymentFact> in_order = Seen(life, seen);
    life.Check(seen, in_order, options.newer);
    std::vector<int> twice = seen;  // two watchers, neither in order
    twice.insert(twice.end(), seen.begin(), seen.end());
    std::shuffle(twice.begin(), twice.end(), random);
    EXPECT_EQ(Seen(life, twice), in_order);
  }
}

TEST(ApplicationsLife, HoweverMuchOfItIsSeenEachSyncIsOneDeployment) {
  for (uint32_t seed = 1; seed <= 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    CheckLife({.seed = seed, .syncs = 6, .history_limit = seed % 5 == 0 ? 2 : 10, .newer = seed % 4 != 0});
  }
}

TEST(ApplicationsLife, WithoutAHistoryEachSyncThatWasSeenIsOneDeployment) {
  for (uint32_t seed = 1; seed <= 50 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    CheckLife({.seed = seed, .syncs = 6, .history_limit = 0, .newer = seed % 2 != 0});
  }
}

// The entry is written before the operation ends. Whichever is seen, in whichever order, and also what Argo CD never writes: the end without the entry.
TEST(OneSync, OfEntryAndOperationEitherOrBothInAnyOrderAreOneDeployment) {
  nlohmann::json both = nlohmann::json::parse(Golden("recorded_sync_with_images").application);
  nlohmann::json entry = both, operation = both, running = both, entry_while_running = both;
  entry["status"].erase("operationState");
  operation["status"].erase("history");
  running["status"].erase("history");
  for (nlohmann::json* one : {&running, &entry_while_running}) {
    (*one)["status"]["operationState"]["phase"] = "Running";
    (*one)["status"]["operationState"].erase("finishedAt");
  }
  for (nlohmann::json* one : {&both, &entry, &entry_while_running}) (*one)["status"]["history"].erase(0);
  const std::vector<nlohmann::json> states = {running, entry_while_running, both, entry, operation};
  int orders = 0;
  for (unsigned subset = 1; subset < 32; ++subset) {
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) {
      if (subset & 1u << i) order.push_back(i);
    }
    do {
      ++orders;
      FoldedObjects objects;
      for (const int i : order) objects.See(states[i].dump());
      const std::vector<DeploymentFact> deployments = objects.Deployments();
      ASSERT_EQ(deployments.size(), 1u) << "subset " << subset;
      const bool entry_seen = subset & 0b01110;
      const DeploymentFact& fact = deployments[0];
      EXPECT_EQ(fact.phase, subset == 1 ? Phase::kPending : Phase::kSucceeded);
      EXPECT_EQ(fact.source_key,
                entry_seen ? "argocd/payments/1/2026-03-02T10:00:20Z" : "argocd/payments/op/2026-03-02T10:00:00Z");
      EXPECT_EQ(fact.images.size(), subset & 0b00100 || (subset & 0b10000 && !entry_seen) ? 1u : 0u)
          << "subset " << subset;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  EXPECT_EQ(orders, 325);
}

TEST(GoldenTable, PassesTheChecksOfTheServiceAndTwiceIsOnce) {
  for (const GoldenCase& golden : GoldenCases()) {
    if (!golden.error.empty()) continue;
    SCOPED_TRACE(golden.name);
    FoldedObjects objects;
    objects.See(golden.application);
    const size_t payloads = objects.payloads();
    objects.See(golden.application);
    EXPECT_EQ(objects.payloads(), payloads);
  }
}

TEST(GoldenTable, AnImportedBackupUnderAnotherUidAddsNothing) {
  FoldedObjects objects;
  objects.See(Golden("history_alone").application);
  const size_t payloads = objects.payloads();
  objects.See(Golden("imported_backup").application);
  EXPECT_EQ(objects.payloads(), payloads);
  EXPECT_EQ(objects.Deployments().size(), 2u);
}

TEST(GoldenTable, OfTenRealEntriesOfOneRevisionOneCounts) {
  FoldedObjects objects;
  objects.See(Golden("real_history").application);
  const std::vector<DeploymentFact> deployments = objects.Deployments();
  EXPECT_EQ(deployments.size(), 10u);
  EXPECT_EQ(std::count_if(deployments.begin(), deployments.end(),
                          [](const DeploymentFact& fact) { return fact.effect == Effect::kChanged; }),
            1);
}

}  // namespace
}  // namespace headway
