// A pull request from its first commit to its merge.
#ifndef HEADWAY_INGESTER_SIMULATE_PULL_H_
#define HEADWAY_INGESTER_SIMULATE_PULL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "headway/v1/observation.pb.h"
#include "ingester/simulate/random.h"
#include "ingester/simulate/team.h"

namespace headway {

// Takes an observation; an error ends the simulation.
using SimulationEmitter = std::function<absl::Status(v1::Observation)>;

// Times are seconds since 1970.
struct Pull {
  enum class Kind { kFeature, kBot, kHotfix, kRevert };
  Kind kind = Kind::kFeature;
  int64_t number = 0;
  int64_t lines = 0;
  std::vector<int64_t> commits;  // when they were written; never empty
  int64_t opened = 0;
  int64_t first_review = 0;  // 0: nobody reviewed it
  int64_t reviews = 0;
  int64_t merged = 0;  // 0: given up
  std::string author;
  std::string branch;
  std::string base;       // the commit that it was begun from
  std::string merge_sha;  // once it is merged
  int64_t undoes = 0;     // number of the pull request that it reverts
  std::string undoes_sha;
};

// The source that reports the pull requests of a team.
std::string ForgeOf(const Team& team);

// Draws a usual pull request that somebody begins at `start`: large ones wait longer and are reviewed more often, and some are never
// merged.
Pull PlanFeature(const Team& team, int64_t start, Random* random);
// One by a program that updates dependencies.
Pull PlanBotUpdate(const Team& team, int64_t start, Random* random);
// Unplanned work that starts now, at any hour: a fix, or the revert of `undone`.
Pull PlanHotfix(const Team& team, int64_t start, Random* random);
Pull PlanRevert(const Team& team, int64_t start, const Pull& undone, Random* random);

// The repository of a team: its commits follow one another.
class SimulatedRepository {
 public:
  // All three must outlive this.
  SimulatedRepository(const Team* team, Random* random, const SimulationEmitter* emit);

  // The first commit.
  absl::Status Begin(int64_t time);
  // Merges it, and emits its commits and itself.
  absl::Status Merge(Pull* pull);
  // Emits it as it is at `end`, not merged (yet).
  absl::Status LeaveOpen(Pull pull, int64_t end);

  const std::string& head() const { return head_; }
  int64_t NextNumber() { return ++last_number_; }

 private:
  absl::Status EmitCommit(const std::string& sha, const std::vector<std::string>& parents, int64_t authored,
                          int64_t committed, const std::string& reverts);
  v1::Observation Describe(const Pull& pull, int64_t updated) const;

  const Team& team_;
  Random& random_;
  const SimulationEmitter& emit_;
  std::string head_;
  int64_t last_number_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_SIMULATE_PULL_H_
