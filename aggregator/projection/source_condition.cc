#include "aggregator/projection/source_condition.h"

#include "aggregator/projection/payload_winner.h"
#include "services/base/timestamp.h"

namespace headway {

SourceCondition FoldSourceCondition(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kSourceStatus);
  // As FoldSourceStatus.
  const ParsedPayload* winner = WinningPayload(all, [](const v1::Observation& o) {
    const v1::SourceStatus& status = o.source_status();
    return ToTime(status.has_reported_at() ? status.reported_at() : status.complete_until());
  });
  SourceCondition condition;
  if (winner == nullptr) return condition;
  const v1::SourceStatus& seen = winner->observation.source_status();
  condition.exists = true;
  condition.status = FoldSourceStatus(payloads);
  if (seen.has_last_contact_at()) condition.last_contact = ToTime(seen.last_contact_at());
  for (const v1::SourceProblem& problem : seen.problems()) {
    SourceProblemFact& fact = condition.problems.emplace_back();
    fact.code = problem.code();
    fact.subject = problem.subject();
    fact.detail = problem.detail();
    if (problem.has_since()) fact.since = ToTime(problem.since());
  }
  condition.retired = seen.retired();
  return condition;
}

}  // namespace headway
