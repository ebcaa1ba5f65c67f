#include "services/catalog_sync/catalog_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/base/timestamp.h"
#include "services/ingest_client/source_problem.h"

namespace headway {
namespace {

bool Same(const std::vector<v1::SourceProblem>& a, const std::vector<v1::SourceProblem>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const v1::SourceProblem& x, const v1::SourceProblem& y) {
    return google::protobuf::util::MessageDifferencer::Equals(x, y);
  });
}

}  // namespace

v1::SourceProblem ProblemOf(const absl::Status& status, absl::string_view subject) {
  return MakeProblem(ProblemCodeOf(status), subject, status.message());
}

void CatalogReport::SetProblems(absl::Time now, std::vector<v1::SourceProblem> problems) {
  if (problems.size() > kMaxProblems) problems.resize(kMaxProblems);
  std::map<std::string, absl::Time> since;
  for (v1::SourceProblem& problem : problems) {
    const std::string key = absl::StrCat(static_cast<int>(problem.code()), " ", problem.subject());
    const auto known = since_.find(key);
    *problem.mutable_since() =
        ToTimestamp(since.emplace(key, known == since_.end() ? now : known->second).first->second);
  }
  since_ = std::move(since);
  problems_ = std::move(problems);
}

void CatalogReport::Seen(absl::Time now, std::vector<v1::SourceProblem> problems) {
  complete_until_ = now;
  SetProblems(now, std::move(problems));
}

void CatalogReport::Failed(absl::Time now, v1::SourceProblem problem) { SetProblems(now, {std::move(problem)}); }

std::optional<v1::Observation> CatalogReport::Due(absl::Time now) const {
  if (Same(problems_, said_problems_) && now < said_at_ + every_) return std::nullopt;
  v1::Observation observation;
  observation.set_source(source_);
  v1::SourceStatus& status = *observation.mutable_source_status();
  status.set_covers(v1::SourceStatus::ENTITIES);
  *status.mutable_complete_until() = ToTimestamp(complete_until_);
  if (complete_until_ != absl::UnixEpoch()) *status.mutable_last_contact_at() = ToTimestamp(complete_until_);
  *status.mutable_reported_at() = ToTimestamp(now);
  for (const v1::SourceProblem& problem : problems_) *status.add_problems() = problem;
  return observation;
}

void CatalogReport::Said(const v1::Observation& observation, absl::Time now) {
  const auto& problems = observation.source_status().problems();
  said_problems_.assign(problems.begin(), problems.end());
  said_at_ = now;
}

}  // namespace headway
