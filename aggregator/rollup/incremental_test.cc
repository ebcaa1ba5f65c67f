// What is derived depends on the set of observations alone.
#include <algorithm>
#include <random>

#include "absl/strings/match.h"
#include "aggregator/rollup/random_world.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gtest/gtest.h"

namespace headway::testing {
namespace {

// Everything from the beginning, in one go, each entity derived whole.
std::map<std::string, std::vector<std::string>> FromScratch(std::vector<v1::Observation> observations, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::shuffle(observations.begin(), observations.end(), random);
  Installation other;
  other.Ingest(observations);
  other.Drain(false);
  return other.Dump();
}

TEST(Incremental, EqualsTheRebuiltAfterEachOfAThousandEvents) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomWorld world(seed);
    Installation installation;
    std::vector<v1::Observation> observations;
    for (int i = 0; i < 100; ++i) {
      observations.push_back(world.Next());
      installation.Ingest({observations.back()});
      installation.Drain();
      // Whatever an entity has is compared each time, tables without an entity now and then.
      const auto before = installation.Dump();
      ASSERT_EQ(installation.Rebuild().changed, 0)
          << "seed " << seed << " after event " << i << ": " << observations.back().DebugString()
          << Difference(before, installation.Dump());
      if (i % 10 == 9) {
        ASSERT_EQ(Difference(before, installation.Dump()), "") << "seed " << seed << " after event " << i;
      }
    }
    ASSERT_EQ(Difference(FromScratch(observations, seed), installation.Dump()), "") << "seed " << seed;
  }
}

TEST(Incremental, AppendingEqualsDerivingWhole) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    RandomWorld world(seed);
    Installation installation;
    std::mt19937_64 random(seed);
    std::vector<v1::Observation> observations;
    for (int batch = 0; batch < 25; ++batch) {
      std::vector<v1::Observation> some;
      for (size_t i = 0; i < 1 + random() % 12; ++i) some.push_back(world.NextAppend());
      observations.insert(observations.end(), some.begin(), some.end());
      installation.Ingest(some);
      installation.Drain();
      const auto before = installation.Dump();
      const RebuildResult rebuilt = installation.Rebuild();
      ASSERT_EQ(Difference(installation.Dump(), before), "") << "seed " << seed << ", batch " << batch;
      ASSERT_EQ(rebuilt.changed, 0) << "seed " << seed << ", batch " << batch;
    }
    ASSERT_EQ(Difference(FromScratch(observations, seed), installation.Dump()), "") << "seed " << seed;
  }
}

TEST(Incremental, TakingBackForLateDeploymentsEqualsDerivingWhole) {
  int64_t appended = 0, failures = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomWorld world(seed);
    Installation installation;
    std::mt19937_64 random(seed);
    std::vector<v1::Observation> observations;
    for (int batch = 0; batch < 40; ++batch) {
      std::vector<v1::Observation> some;
      for (size_t i = 0; i < 1 + random() % 6; ++i) some.push_back(world.NextLate());
      observations.insert(observations.end(), some.begin(), some.end());
      installation.Ingest(some);
      installation.Drain();
      const RebuildResult rebuilt = installation.Rebuild();
      ASSERT_EQ(rebuilt.changed, 0) << "seed " << seed << ", batch " << batch;
    }
    const auto dump = installation.Dump();
    ASSERT_EQ(Difference(FromScratch(observations, seed), dump), "") << "seed " << seed;
    appended += installation.appended();
    failures += static_cast<int64_t>(dump.at("dora.failures").size());
  }
  EXPECT_GT(appended, 250);
  EXPECT_GT(failures, 30);
}

TEST(Incremental, AppendingWithCommitsEqualsDerivingWhole) {
  int64_t appended = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    RandomWorld world(seed);
    Installation installation;
    std::mt19937_64 random(seed);
    std::vector<v1::Observation> observations;
    for (int batch = 0; batch < 60; ++batch) {
      std::vector<v1::Observation> some;
      for (size_t i = 0; i < 1 + random() % 4; ++i) some.push_back(world.NextLive());
      observations.insert(observations.end(), some.begin(), some.end());
      installation.Ingest(some);
      // Now and then another worker is in between.
      installation.Drain(batch % 9 != 8);
      const RebuildResult rebuilt = installation.Rebuild();
      ASSERT_EQ(rebuilt.changed, 0) << "seed " << seed << ", batch " << batch;
    }
    ASSERT_EQ(Difference(FromScratch(observations, seed), installation.Dump()), "") << "seed " << seed;
    appended += installation.appended();
  }
  EXPECT_GT(appended, 200);
}

// How a stream was mapped, as its row says it.
constexpr const char* kWays[] = {"mapping m", "annotation argocd/", "rule rule"};

TEST(Incremental, AHundredPermutationsWithDuplicatesGiveTheSameBytes) {
  // A world in which all of it happens.
  std::vector<v1::Observation> observations;
  std::map<std::string, std::vector<std::string>> expected;
  const auto is_rich = [&] {
    if (expected.empty()) return false;
    for (const char* table : {"dora.deployments", "dora.failures", "dora.changes", "dora.entity_relations"}) {
      if (!expected.contains(table) || expected.at(table).empty()) return false;
    }
    // Streams that are mapped in each way: how it was found is among the texts of their rows.
    const auto streams = std::find_if(expected.begin(), expected.end(), [](const auto& table) {
      return absl::StrContains(table.first, "FROM dora.known_streams");
    });
    return std::all_of(std::begin(kWays), std::end(kWays), [&](const char* way) {
      return std::any_of(streams->second.begin(), streams->second.end(),
                         [&](const std::string& row) { return absl::StrContains(row, way); });
    });
  };
  for (uint64_t seed = 77; !is_rich(); ++seed) {
    ASSERT_LT(seed, 177u);
    RandomWorld world(seed);
    observations.clear();
    for (int i = 0; i < 150; ++i) observations.push_back(world.Next());
    expected = FromScratch(observations, 1);
  }
  std::mt19937_64 random(5);
  for (int permutation = 0; permutation < 100; ++permutation) {
    std::vector<v1::Observation> shuffled = observations;
    for (size_t i = 0; i < observations.size() / 5; ++i)
      shuffled.push_back(observations[random() % observations.size()]);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    Installation installation;
    const size_t batches = 1 + permutation % 7;
    for (size_t b = 0; b < batches; ++b) {
      installation.Ingest(
          {shuffled.begin() + b * shuffled.size() / batches, shuffled.begin() + (b + 1) * shuffled.size() / batches});
      installation.Drain(permutation % 2 == 0);
    }
    ASSERT_EQ(Difference(expected, installation.Dump()), "") << "permutation " << permutation;
  }
}

}  // namespace
}  // namespace headway::testing
