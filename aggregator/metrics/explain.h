// What a number was computed from: the facts of the window with what each adds, why each link was made, and what was left out and why.
// Recomputing a measure from the evidence gives its value. Pure, thread-safe, no I/O.
#ifndef HEADWAY_AGGREGATOR_METRICS_EXPLAIN_H_
#define HEADWAY_AGGREGATOR_METRICS_EXPLAIN_H_

#include <compare>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/metrics/evaluate.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/projection/facts.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

// Everything that an explanation reads. Borrowed for the call.
struct ExplainInput {
  MetricId metric = MetricId::kDeploymentFrequency;
  const EntityRows* rows = nullptr;
  absl::Span<const DeploymentFact> deployments;  // what the rows were derived from
  absl::Span<const IncidentFact> incidents;
  Window window;
  ReadPolicies read;
  DerivePolicies derive;
};

// Where a piece of evidence stands in the explanation: the same for the same fact, whatever else comes or goes.
struct EvidencePosition {
  int64_t at_micros = 0;
  std::string identity;  // of the fact, bytes
  auto operator<=>(const EvidencePosition&) const = default;
};

struct PositionedEvidence {
  EvidencePosition position;
  v1::Evidence evidence;
};

// All evidence, ordered by position; no two positions are equal.
std::vector<PositionedEvidence> Explain(const ExplainInput& input);

// The facts that Explain names: what to fetch before it, so that an entity with a long history need not be read whole. The facts of the input are not read.
struct NamedFacts {
  std::vector<ObjectKey> deployments;  // sorted, unique
  std::vector<ObjectKey> incidents;
};
NamedFacts FactsNamed(const ExplainInput& input);

// How the number follows from the evidence, in sentences.
std::string HowComputed(MetricId metric);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_EXPLAIN_H_
