// Where a service runs: deployments and incidents, as they are reported.
#ifndef HEADWAY_INGESTER_SIMULATE_PRODUCTION_H_
#define HEADWAY_INGESTER_SIMULATE_PRODUCTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingester/simulate/pull.h"
#include "ingester/simulate/random.h"
#include "ingester/simulate/team.h"

namespace headway {

// One deployment to every region, or to staging.
struct RollOut {
  std::string key;  // of the deployment to the first region
  std::string revision;
  int64_t first_finish = 0;
  int64_t last_finish = 0;
};

// Times are seconds since 1970.
class SimulatedProduction {
 public:
  // All three must outlive this.
  SimulatedProduction(const Team* team, Random* random, const SimulationEmitter* emit);

  // The entity, its streams, and how far the data reach: what is at or after `end` has not happened yet, and is not reported.
  absl::Status Declare(int64_t end);

  // Deploys a revision to staging; the finish is in the result.
  absl::StatusOr<RollOut> Stage(int64_t time, const std::string& revision);
  // Deploys a revision to one region after the other. Now and then an attempt fails first and is made again.
  absl::StatusOr<RollOut> RollOutTo(int64_t time, const std::string& revision, bool automated);
  // Deploys what runs with another configuration.
  absl::StatusOr<RollOut> Reconfigure(int64_t time);

  const std::string& running() const { return running_; }

  // What an incident tells. Empty strings and zeros are left out.
  struct Incident {
    std::string id;
    int64_t opened = 0;
    int64_t acknowledged = 0;
    int64_t resolved = 0;
    int64_t reopened = 0;  // after `resolved`; then resolved again at
    int64_t resolved_again = 0;
    std::string caused_by;  // key of a deployment
    int64_t caused_by_pull = 0;
    bool no_change = false;   // its cause was no change
    std::string remedied_by;  // key of a deployment
    int reported = 0;         // steps that were reported before
  };
  // Reports what is known of it by now and was not reported before.
  absl::Status Report(Incident* incident);
  std::string NextIncidentId();

 private:
  struct Attempt {
    std::string stream;
    std::string environment;
    std::string revision;
    int64_t started = 0;
    int64_t finished = 0;
    bool failed = false;
    bool automated = false;
  };
  absl::StatusOr<std::string> EmitDeployment(const Attempt& attempt);
  std::string Pipelines() const;
  std::string Pager() const;
  void FillCause(const Incident& incident, v1::IncidentEvent* event) const;

  const Team& team_;
  Random& random_;
  const SimulationEmitter& emit_;
  std::string running_;
  std::string config_;
  int64_t end_ = 0;
  int64_t last_run_ = 0;
  int64_t last_incident_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_SIMULATE_PRODUCTION_H_
