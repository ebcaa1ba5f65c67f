#include "ingester/simulate/team.h"

#include <iterator>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr int64_t kHour = 3600;

constexpr const char* kNames[] = {"payments", "search",   "checkout", "catalog", "identity", "orders",
                                  "pricing",  "shipping", "billing",  "reviews", "profiles", "alerts",
                                  "reports",  "invoice",  "messages", "media"};
constexpr const char* kParts[] = {"api", "web", "worker", "gateway", "store"};
constexpr const char* kRegions[] = {"eu", "us", "ap"};

// By maturity, from just begun to practised.
constexpr int64_t kLines[] = {260, 160, 90, 50};
constexpr int64_t kPickup[] = {14 * kHour, 6 * kHour, 2 * kHour, kHour};
constexpr int64_t kFailure[] = {60, 35, 18, 8};
constexpr int64_t kDetection[] = {3 * kHour, kHour, 1200, 480};
constexpr int64_t kRepair[] = {8 * kHour, 3 * kHour, 2400, 900};

}  // namespace

Team DrawTeam(int64_t number, Random* random) {
  Team team;
  const auto name = static_cast<size_t>(number) % std::size(kNames);
  const auto part = static_cast<size_t>(number) / std::size(kNames);
  team.service = absl::StrCat(kNames[name], "-", kParts[part % std::size(kParts)]);
  if (part >= std::size(kParts)) absl::StrAppend(&team.service, "-", part / std::size(kParts) + 1);
  team.entity_ref = absl::StrCat("component:default/", team.service);
  team.repository = absl::StrCat("git.example.org/team-", number / 3 + 1, "/", team.service);
  team.maturity = random->Pick({20, 35, 30, 15});
  // Those who can release often do, but not all of them.
  const int cadence = team.maturity == 3   ? random->Pick({85, 15, 0, 0})
                      : team.maturity == 2 ? random->Pick({45, 40, 15, 0})
                      : team.maturity == 1 ? random->Pick({10, 30, 50, 10})
                                           : random->Pick({0, 10, 45, 45});
  team.cadence = static_cast<Team::Cadence>(cadence);
  team.clock = WorkClock(random->Between(-8, 9));
  const int64_t regions = team.maturity >= 2 ? random->Between(1, 3) : 1;
  for (int64_t i = 0; i < regions; ++i) team.regions.push_back(kRegions[i]);
  const int64_t people = random->Between(3, 9);
  for (int64_t i = 0; i < people; ++i) team.developers.push_back(random->Hex(32));
  team.squashes = random->Chance(550);
  team.pulls_per_week = people * random->Between(1, 3);
  team.typical_lines = random->Skewed(100) * kLines[team.maturity] / 100;
  team.coding = random->Between(2, 5) * kHour;
  team.pickup = kPickup[team.maturity];
  team.failure_per_mille = kFailure[team.maturity];
  team.detection = kDetection[team.maturity];
  team.repair = kRepair[team.maturity];
  return team;
}

}  // namespace headway
