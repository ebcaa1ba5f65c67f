// From the facts of an entity to its rows: one pure function of a set. Any order of the input gives the same output.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_DERIVE_H_
#define HEADWAY_AGGREGATOR_PROJECTION_DERIVE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aggregator/projection/commit_graph.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/projection/facts.h"

namespace headway {

// One repository of the entity.
struct RepositoryInput {
  std::string name;
  std::vector<std::string> path_prefixes;    // empty: every path is the entity's
  std::shared_ptr<const CommitGraph> graph;  // never null; may be empty
};

// Everything that the derivation of one entity reads.
struct EntityInputs {
  std::string entity_ref;
  std::vector<RepositoryInput> repositories;  // sorted by name
  std::vector<DeploymentFact> deployments;    // all environments
  std::vector<ChangeFact> changes;            // merged ones of the repositories
  std::vector<IncidentFact> incidents;        // those that affect the entity
};

// The policies that shape rows. Rows under the defaults are stored; others are derived when they are asked for.
struct DerivePolicies {
  enum class RollOut { kFirst, kLast, kEach };
  std::string environment;                    // empty: tier production
  Tier environment_tier = Tier::kProduction;  // the tier of the environment asked for
  bool finish_synced = false;                 // finish = synced
  bool follow_cherry_picks = false;
  bool pushes_are_changes = false;  // changes = all
  RollOut roll_out = RollOut::kFirst;
  absl::Duration attribution_window = absl::Hours(24);
  absl::Duration roll_out_window = absl::Hours(24);
  absl::Duration stream_activity = absl::Hours(24 * 30);
  std::optional<absl::Duration> degraded_after;
  // Only read with roll_out = kLast, whose count can move with later knowledge, and with pushes_are_changes, since a later deployment shows what was pushed:
  // rows then hold for this as_of alone.
  absl::Time as_of = absl::InfiniteFuture();
  // Only read with roll_out = kLast, where a failure completes a roll-out: which failures the policies let hold.
  bool explicit_incidents_only = false;
  bool first_deployment_all = false;

  bool operator==(const DerivePolicies&) const = default;
};

// Derives all rows. Never fails: what cannot be linked is simply not linked.
EntityRows Derive(const EntityInputs& inputs, const DerivePolicies& policies);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_DERIVE_H_
