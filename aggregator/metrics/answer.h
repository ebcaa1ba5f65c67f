// From values to answers: whether there is a number or why not, the window before and the trend, and coverage. Pure, thread-safe, no I/O.
#ifndef HEADWAY_AGGREGATOR_METRICS_ANSWER_H_
#define HEADWAY_AGGREGATOR_METRICS_ANSWER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/metrics/evaluate.h"
#include "headway/v1/metrics.pb.h"

namespace headway {

// A source that is mapped to an entity, for one kind of facts.
struct SourceState {
  std::string source;
  v1::SourceStatus::Covers covers = v1::SourceStatus::COVERS_UNSPECIFIED;
  // Complete until here: as its status says, else the time of its latest event of the entity. InfinitePast: nothing was told yet.
  absl::Time until = absl::InfinitePast();
  bool has_status = false;  // until is what the source itself said; without it the source is never silent

  bool operator==(const SourceState&) const = default;
};
using Sources = absl::Span<const SourceState>;

// Why there is no number for the value over a window that starts at window_start; REASON_UNSPECIFIED: there is one. Of several sources of a
// kind that are mapped, one that reports is enough.
v1::Measure::Reason ReasonFor(const Value& value, Sources sources, absl::Time window_start,
                              const ReadPolicies& policies);

// The measure without the window before.
v1::Measure ToMeasure(const Value& value, Sources sources, absl::Time window_start, const ReadPolicies& policies);

// Adds before, before_n and trend. `before` is the same measure over the window before, already judged. The trend is told only from five events
// in both windows, and only where the two numbers can be compared ("more than x" is not less than y).
void AddBefore(const v1::Measure& before, v1::Measure* measure);

// A window and the one before it, both with what is known at as_of.
struct WindowPair {
  Window current;
  Window before;
};
WindowPair WindowsOf(absl::Time as_of, int days, absl::TimeZone zone);

// All measures in the order of the catalog, with the window before.
std::vector<v1::Measure> AnswerMeasures(Rows rows, Sources sources, const WindowPair& windows,
                                        const ReadPolicies& policies);
// One.
v1::Measure AnswerMeasure(MetricId metric, Rows rows, Sources sources, const WindowPair& windows,
                          const ReadPolicies& policies);

// Coverage of the window. `now`: the server's clock; what is dated after it, and after as_of, is in no measure.
v1::Coverage AnswerCoverage(Rows rows, Sources sources, const Window& window, const ReadPolicies& policies,
                            absl::Time now);

// The sources of a pool: one for each (source, covers); until the least of all, since the pool is complete only as far as each member.
std::vector<SourceState> PoolSources(absl::Span<const Sources> members);

google::protobuf::Duration ToDuration(absl::Duration duration);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_METRICS_ANSWER_H_
