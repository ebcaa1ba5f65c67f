// The facts of an entity by identity, and how they are described to people. Borrows: rows and facts must outlive it. Not thread-safe while it is
// built; const afterwards. No I/O.
#ifndef HEADWAY_AGGREGATOR_METRICS_FACT_INDEX_H_
#define HEADWAY_AGGREGATOR_METRICS_FACT_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/projection/facts.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

class FactIndex {
 public:
  // Describes what is known at as_of.
  FactIndex(const EntityRows& rows, absl::Span<const DeploymentFact> deployments,
            absl::Span<const IncidentFact> incidents, absl::Time as_of);

  // nullptr: not known.
  const DeploymentRow* Row(const ObjectKey& key) const;
  const DeploymentFact* Deployment(const ObjectKey& key) const;
  const IncidentFact* Incident(const ObjectKey& key) const;
  // The member at which the roll-out counts at as_of; nullptr: nowhere.
  const DeploymentRow* CountedMember(const ObjectKey& roll_out) const;

  v1::ExplainedDeployment Describe(const ObjectKey& deployment) const;
  // For sentences: "ci/deploy-17 (production, finished 2024-05-01T12:00:00Z)".
  std::string NameDeployment(const ObjectKey& key) const;
  // "pagerduty/P123 "Title" (opened 2024-05-01T12:00:00Z)".
  std::string NameIncident(const ObjectKey& key) const;

 private:
  absl::flat_hash_map<ObjectKey, const DeploymentRow*> rows_;
  absl::flat_hash_map<ObjectKey, const DeploymentFact*> deployments_;
  absl::flat_hash_map<ObjectKey, const IncidentFact*> incidents_;
  absl::flat_hash_map<ObjectKey, int> roll_out_sizes_;
  absl::flat_hash_map<ObjectKey, const DeploymentRow*> counted_;
};

// "release", "rollback", ...; empty for a deployment of no kind (failed or pending).
absl::string_view KindName(Kind kind);

// RFC 3339 in UTC, with as many digits of a second as it needs.
std::string FormatInstant(absl::Time time);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_FACT_INDEX_H_
