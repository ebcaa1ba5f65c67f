#include "aggregator/projection/source_condition.h"

#include <algorithm>
#include <tuple>

#include "aggregator/projection/payload_winner.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

// As in FoldSourceStatus.
absl::Time SaidAt(const v1::SourceStatus& status) {
  return ToTime(status.has_reported_at() ? status.reported_at() : status.complete_until());
}

struct SeenStatus {
  size_t place;
  absl::Time said_at, complete_until;
  Sha256Digest hash;
};

}  // namespace

SourceCondition FoldSourceCondition(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kSourceStatus);
  const ParsedPayload* winner = WinningPayload(all, [](const v1::Observation& o) { return SaidAt(o.source_status()); });
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

std::vector<size_t> SupersededStatuses(Payloads payloads) {
  std::vector<SeenStatus> seen;
  for (size_t i = 0; i < payloads.size(); ++i) {
    v1::Observation observation;
    if (!observation.ParseFromString(payloads[i]) || !observation.has_source_status()) continue;
    const v1::SourceStatus& status = observation.source_status();
    seen.push_back({i, SaidAt(status), ToTime(status.complete_until()), ContentHash(payloads[i])});
  }
  std::vector<size_t> superseded;
  if (seen.size() < 2) return superseded;
  const SeenStatus& last = *std::max_element(seen.begin(), seen.end(), [](const SeenStatus& a, const SeenStatus& b) {
    return std::tie(a.said_at, a.hash) < std::tie(b.said_at, b.hash);
  });
  // Of those that came equally far the one that is kept anyway.
  const SeenStatus& furthest =
      *std::max_element(seen.begin(), seen.end(), [&](const SeenStatus& a, const SeenStatus& b) {
        return std::make_tuple(a.complete_until, &a == &last, a.hash) <
               std::make_tuple(b.complete_until, &b == &last, b.hash);
      });
  for (const SeenStatus& one : seen) {
    if (&one != &last && &one != &furthest) superseded.push_back(one.place);
  }
  return superseded;
}

}  // namespace headway
