#include "ingester/simulate/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ingester/ndjson/observation_json.h"
#include "ingester/simulate/random.h"
#include "ingester/simulate/work_clock.h"

namespace headway {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::Lt;

constexpr int64_t kStart = 1736121600;  // 2025-01-06T00:00:00Z, a Monday

SimulationOptions Options(uint64_t seed, int64_t days, int64_t entities) {
  return {seed, days, entities, absl::FromUnixSeconds(kStart)};
}

std::vector<v1::Observation> World(const SimulationOptions& options) {
  std::vector<v1::Observation> world;
  EXPECT_TRUE(Simulate(options, [&](v1::Observation o) {
                world.push_back(std::move(o));
                return absl::OkStatus();
              }).ok());
  return world;
}

std::string Lines(const SimulationOptions& options) {
  std::string lines;
  for (const v1::Observation& o : World(options)) absl::StrAppend(&lines, ObservationToJson(o), "\n");
  return lines;
}

TEST(SimulateTest, TheSameSeedGivesTheSameBytes) {
  const std::string lines = Lines(Options(42, 60, 3));
  EXPECT_EQ(lines, Lines(Options(42, 60, 3)));
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(lines.data()), lines.size(), digest);
  // Changing this number changes everybody's worlds: say so in the changelog.
  EXPECT_EQ(absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest))),
            "1ae744a6c24d88369e8baf7ceaf5cf72880d5664d766951acce0296876a67026");
  EXPECT_NE(lines, Lines(Options(43, 60, 3)));
}

TEST(SimulateTest, AnEntityDoesNotDependOnHowManyThereAre) {
  const std::string more = Lines(Options(7, 30, 3));
  EXPECT_EQ(more.substr(0, Lines(Options(7, 30, 2)).size()), Lines(Options(7, 30, 2)));
}

TEST(SimulateTest, EveryLineIsReadBackAndNothingHappensAfterTheEnd) {
  const int64_t end = kStart + 90 * 86400;
  int64_t count = 0;
  for (const v1::Observation& o : World(Options(3, 90, 6))) {
    v1::Observation again;
    ASSERT_FALSE(ObservationFromJson(ObservationToJson(o), &again).has_value());
    ASSERT_EQ(again.SerializeAsString(), o.SerializeAsString());
    ASSERT_NE(o.kind_case(), v1::Observation::KIND_NOT_SET);
    if (o.has_commit()) {
      ASSERT_LT(o.commit().committed_at().seconds(), end);
    }
    if (o.has_change()) {
      ASSERT_LT(o.change().updated_at().seconds(), end);
      ASSERT_LT(o.change().merged_at().seconds(), end);
      ASSERT_LT(o.change().first_review_at().seconds(), end);
    }
    if (o.has_deployment()) {
      ASSERT_LT(o.deployment().started_at().seconds(), end);
      ASSERT_LT(o.deployment().finished_at().seconds(), end);
    }
    if (o.has_incident_event()) {
      ASSERT_LT(o.incident_event().occurred_at().seconds(), end);
    }
    ++count;
  }
  EXPECT_GT(count, 1000);
}

TEST(SimulateTest, EverythingThatIsNamedExists) {
  std::set<std::string> commits, deployments;
  std::map<std::string, std::set<int64_t>> changes;
  const std::vector<v1::Observation> world = World(Options(5, 120, 8));
  for (const v1::Observation& o : world) {
    if (o.has_commit()) commits.insert(o.commit().sha());
    if (o.has_change()) changes[o.change().repository()].insert(o.change().number());
    if (o.has_deployment()) deployments.insert(o.deployment().key());
  }
  int links = 0;
  for (const v1::Observation& o : world) {
    for (const std::string& parent : o.commit().parents()) ASSERT_TRUE(commits.contains(parent));
    if (o.has_deployment()) {
      ASSERT_TRUE(commits.contains(o.deployment().source_revision()));
    }
    for (int64_t number : o.change().reverts_numbers()) ASSERT_TRUE(changes[o.change().repository()].contains(number));
    for (const v1::LinkTarget& link : o.incident_event().caused_by()) {
      ++links;
      if (link.has_deployment()) {
        ASSERT_TRUE(deployments.contains(link.deployment().key()));
      }
      if (link.has_change()) {
        ASSERT_TRUE(changes[link.change().repository()].contains(link.change().number()));
      }
    }
  }
  EXPECT_GT(links, 0);
}

TEST(SimulateTest, HoldsAllThatRealTeamsDo) {
  std::map<std::string, int> seen;
  std::map<std::string, std::string> last;
  for (const v1::Observation& o : World(Options(11, 365, 12))) {
    const v1::Deployment& d = o.deployment();
    if (o.has_deployment()) {
      ++seen[absl::StrCat(d.environment(), " ", v1::Deployment::Phase_Name(d.phase()))];
      if (d.phase() == v1::Deployment::SUCCEEDED && d.environment() == "prod") {
        std::string& before = last[d.stream()];
        if (before == d.source_revision() + d.config_revision())
          ++seen["redeploy"];
        else if (before.substr(0, 40) == d.source_revision())
          ++seen["config"];
        before = d.source_revision() + d.config_revision();
      }
    }
    if (o.has_change()) {
      if (!o.change().has_merged_at()) ++seen["open"];
      if (o.change().bot()) ++seen["bot"];
      if (o.change().labels_size() > 0) ++seen["hotfix"];
      if (o.change().reverts_numbers_size() > 0) ++seen["revert"];
    }
    if (o.has_incident_event()) ++seen[v1::IncidentEvent::Type_Name(o.incident_event().type())];
    if (o.incident_event().cause() == v1::IncidentEvent::NOT_A_CHANGE) ++seen["no change"];
    if (o.incident_event().remedied_by_size() > 0) ++seen["remedy"];
  }
  for (const char* kind :
       {"prod SUCCEEDED", "prod FAILED", "prod PENDING", "staging SUCCEEDED", "redeploy", "config", "open", "bot",
        "hotfix", "revert", "OPENED", "ACKNOWLEDGED", "RESOLVED", "REOPENED", "no change", "remedy"}) {
    EXPECT_THAT(seen[kind], Gt(0)) << kind;
  }
}

TEST(SimulateTest, LargeChangesWaitLongerForReviewAndPeopleRestAtWeekends) {
  int64_t weekend = 0, all = 0;
  // Within one team, so that its habits do not matter.
  std::map<std::string, std::vector<std::pair<int64_t, int64_t>>> reviews;
  for (const v1::Observation& o : World(Options(21, 365, 10))) {
    if (!o.has_change() || o.change().bot() || o.change().labels_size() > 0 || o.change().reverts_numbers_size() > 0)
      continue;
    ++all;
    if (WorkClock(0).Weekday(o.change().opened_at().seconds()) >= 5) ++weekend;
    if (!o.change().has_merged_at() || !o.change().has_first_review_at()) continue;
    reviews[o.change().repository()].emplace_back(o.change().additions() + o.change().deletions(),
                                                  o.change().merged_at().seconds() - o.change().opened_at().seconds());
  }
  // Offsets from UTC move some hours of a working day into the weekend of UTC.
  EXPECT_LT(weekend * 10, all);
  int longer = 0;
  for (auto& [repository, pairs] : reviews) {
    std::sort(pairs.begin(), pairs.end());
    const size_t third = pairs.size() / 3;
    ASSERT_THAT(third, Ge(10u));
    const auto mean = [&](size_t from) {
      int64_t sum = 0;
      for (size_t i = from; i < from + third; ++i) sum += pairs[i].second;
      return sum / static_cast<int64_t>(third);
    };
    if (mean(pairs.size() - third) > mean(0)) ++longer;
  }
  EXPECT_THAT(longer, Ge(9));
}

TEST(SimulateTest, EndsWithTheErrorOfTheReceiver) {
  int left = 10;
  const absl::Status status = Simulate(Options(1, 30, 2), [&](v1::Observation) {
    return --left == 0 ? absl::UnavailableError("gone") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(left, 0);
}

TEST(RandomTest, IsFixedForEver) {
  Random random(1, 2);
  EXPECT_EQ(random.Next(), 5659281486893611004u);
  EXPECT_EQ(random.Next(), 9154707671576120595u);
}

TEST(RandomTest, SkewedValuesHaveTheirMedianInTheMiddle) {
  Random random(9);
  std::vector<int64_t> values;
  for (int i = 0; i < 20'000; ++i) values.push_back(random.Skewed(1000));
  std::sort(values.begin(), values.end());
  EXPECT_NEAR(static_cast<double>(values[10'000]), 1000, 40);
  EXPECT_THAT(values, Each(Ge(100)));
  EXPECT_THAT(values, Each(Lt(12'001)));
}

TEST(WorkClockTest, CountsOnlyWorkingTime) {
  const WorkClock clock(0);
  const int64_t monday = kStart + 9 * 3600;
  EXPECT_EQ(clock.NextWork(kStart), monday);
  EXPECT_EQ(clock.AfterWork(monday, 3600), monday + 3600);
  EXPECT_EQ(clock.AfterWork(monday, 8 * 3600 + 1800 + 60), monday + 86400 + 60);
  const int64_t friday_evening = kStart + 4 * 86400 + 17 * 3600 + 1800;
  EXPECT_EQ(clock.NextWork(friday_evening), monday + 7 * 86400);
  EXPECT_EQ(clock.NextWork(friday_evening - 1), friday_evening - 1);
  EXPECT_EQ(WorkClock(2).NextWork(kStart), kStart + 7 * 3600);
}

}  // namespace
}  // namespace headway
