// What a source says of itself, whole: how far it has come, and what keeps it from seeing everything. Pure; see fold.h.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_SOURCE_CONDITION_H_
#define HEADWAY_AGGREGATOR_PROJECTION_SOURCE_CONDITION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "aggregator/projection/fold.h"

namespace headway {

struct SourceProblemFact {
  v1::SourceProblem::Code code = v1::SourceProblem::CODE_UNSPECIFIED;
  std::string subject;
  std::string detail;
  std::optional<absl::Time> since;
  bool operator==(const SourceProblemFact&) const = default;
};

struct SourceCondition {
  bool exists = false;
  SourceStatusFact status;
  std::optional<absl::Time> last_contact;
  std::vector<SourceProblemFact> problems;  // in the source's order
  bool retired = false;                     // nothing else of it holds any more
};

// What was said last holds.
SourceCondition FoldSourceCondition(Payloads payloads);

// Places in `payloads` of the statuses that no fold of them, with any others besides, depends on: all but what was said last and what says that it came furthest.
// What is no status of a source is never among them.
std::vector<size_t> SupersededStatuses(Payloads payloads);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_SOURCE_CONDITION_H_
