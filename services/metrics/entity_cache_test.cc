// What is kept and extended by what was appended equals what is read afresh, whatever happens to entities in between.
#include "services/metrics/entity_cache.h"

#include "absl/strings/str_cat.h"
#include "aggregator/rollup/random_world.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

// Those of the random worlds; the last two are names of others now and then.
const std::vector<std::string>& Names() {
  static const auto* const refs =
      new std::vector<std::string>{"component:default/e0", "component:default/e1", "component:default/e2",
                                   "component:default/e3", "component:default/e4", "component:default/alias0"};
  return *refs;
}

class Readers {
 public:
  void Ingest(const std::vector<v1::Observation>& observations) {
    installation_.Ingest(observations);
    installation_.Drain();
  }
  void Execute(const std::string& sql) { installation_.Execute(sql); }

  // Reads what is kept, all names at once or one after the other, and compares it with what another cache reads for the first time.
  void ExpectKeptAsFresh(absl::Time from, bool at_once) {
    EntityCache fresh(source_.get(), 48 << 20);
    const std::vector<FoundEntity> expected = Read(fresh, Names(), from);
    std::vector<FoundEntity> found;
    if (at_once) found = Read(kept_, Names(), from);
    for (const std::string& name : Names()) {
      if (!at_once) found.push_back(Read(kept_, {name}, from)[0]);
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE(Names()[i]);
      ASSERT_EQ(found[i].entity == nullptr, expected[i].entity == nullptr);
      if (expected[i].entity != nullptr) ExpectEqual(found[i], expected[i]);
    }
  }
  uint64_t extended() const { return kept_.counts().extended; }

 private:
  static std::vector<FoundEntity> Read(EntityCache& cache, const std::vector<std::string>& names, absl::Time from) {
    const auto found = cache.Get(names, DerivePolicies(), from, Call());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(std::vector<FoundEntity>(names.size()));
  }

  static void ExpectEqual(const FoundEntity& found, const FoundEntity& expected) {
    EXPECT_EQ(found.entity->entity_ref, expected.entity->entity_ref);
    EXPECT_EQ(found.entity->version, expected.entity->version);
    EXPECT_EQ(found.entity->last_finished, expected.entity->last_finished);
    EXPECT_TRUE(found.sources == expected.sources);
    // What is kept may reach further back.
    if (found.entity->from != expected.entity->from) return;
    const EntityRows &rows = found.entity->rows, &expected_rows = expected.entity->rows;
    EXPECT_TRUE(rows.deployments == expected_rows.deployments);
    EXPECT_TRUE(rows.gaps == expected_rows.gaps);
    EXPECT_TRUE(rows.changes == expected_rows.changes);
    EXPECT_TRUE(rows.failures == expected_rows.failures);
    EXPECT_TRUE(rows.rework == expected_rows.rework);
    EXPECT_TRUE(rows.incidents == expected_rows.incidents);
  }

  testing::Installation installation_;
  GraphCache graphs_{1 << 20};
  RowsReader reader_{&installation_.pool(), &graphs_};
  std::unique_ptr<EntitySource> source_ = StoredEntities(&reader_);
  EntityCache kept_{source_.get(), 48 << 20};
};

// Of a world whose every event comes from `next`. How often it sufficed to read what was appended.
template <typename Next>
uint64_t CompareAfterEachBatch(uint64_t seed, int batches, const Next& next) {
  testing::RandomWorld world(seed);
  Readers readers;
  std::mt19937_64 random(seed);
  for (int batch = 0; batch < batches && !::testing::Test::HasFailure(); ++batch) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, ", batch ", batch));
    std::vector<v1::Observation> some;
    for (size_t i = 0; i < 1 + random() % 4; ++i) some.push_back(next(world));
    readers.Ingest(some);
    // Now and then only what comes later is asked for.
    const absl::Time from = random() % 3 == 0 ? absl::FromUnixSeconds(1'772'000'000) : absl::InfinitePast();
    readers.ExpectKeptAsFresh(from, random() % 2 == 0);
  }
  return readers.extended();
}

TEST(EntityCache, ExtendsWhatItKeepsWhileDeploymentsComeInOrder) {
  uint64_t extended = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    extended += CompareAfterEachBatch(seed, 60, [](testing::RandomWorld& world) { return world.NextAppend(); });
  }
  EXPECT_GT(extended, 80u);
}

TEST(EntityCache, ReadsAgainWhatChangedOtherwise) {
  uint64_t extended = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    extended += CompareAfterEachBatch(seed, 60, [](testing::RandomWorld& world) { return world.NextLate(); });
    extended += CompareAfterEachBatch(seed, 60, [](testing::RandomWorld& world) { return world.NextLive(); });
  }
  EXPECT_GT(extended, 50u);
}

TEST(EntityCache, IsRightWhateverHappens) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CompareAfterEachBatch(seed, 80, [](testing::RandomWorld& world) { return world.Next(); });
  }
}

TEST(EntityCache, NoticesWhatAWriterChangesThatDoesNotKnowOfTheMarks) {
  testing::RandomWorld world(1);
  Readers readers;
  const auto append = [&](int count) {
    std::vector<v1::Observation> some;
    for (int i = 0; i < count; ++i) some.push_back(world.NextAppend());
    readers.Ingest(some);
  };
  append(30);
  for (int i = 0; i < 10; ++i) {
    readers.ExpectKeptAsFresh(absl::InfinitePast(), true);
    append(i % 3);
    readers.Execute(
        "UPDATE dora.deployments SET truncated = NOT truncated; UPDATE dora.entities SET version = version + 1");
    append(5);
  }
  readers.ExpectKeptAsFresh(absl::InfinitePast(), true);
}

}  // namespace
}  // namespace headway
