// What kind of team an entity has: everything that differs between teams, drawn once.
#ifndef HEADWAY_INGESTER_SIMULATE_TEAM_H_
#define HEADWAY_INGESTER_SIMULATE_TEAM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ingester/simulate/random.h"
#include "ingester/simulate/work_clock.h"

namespace headway {

// Times are seconds.
struct Team {
  // How often it releases.
  enum class Cadence { kEachMerge, kDaily, kWeekly, kMonthly };

  std::string service;     // "payments-api"
  std::string entity_ref;  // "component:default/payments-api"
  std::string repository;  // "git.example.org/team-3/payments-api"
  int maturity = 0;        // 0 just begun to 3 practised
  Cadence cadence = Cadence::kDaily;
  WorkClock clock{0};
  std::vector<std::string> regions;     // where it runs in production
  std::vector<std::string> developers;  // their hashes
  bool squashes = false;                // merges pull requests as one commit
  int64_t pulls_per_week = 5;
  int64_t typical_lines = 100;    // of a change: median
  int64_t coding = 0;             // per 100 lines: median
  int64_t pickup = 0;             // until the first review: median
  int64_t failure_per_mille = 0;  // that a change of typical size breaks production
  int64_t detection = 0;          // from a failing deployment to the incident: median
  int64_t repair = 0;             // until its remedy begins: median
};

// The team of the entity with this number.
Team DrawTeam(int64_t number, Random* random);

}  // namespace headway

#endif  // HEADWAY_INGESTER_SIMULATE_TEAM_H_
