#include "services/metrics/coverage_answers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/store/migrations.h"
#include "services/base/timestamp.h"
#include "services/base/version.h"
#include "services/metrics/metric_query.h"

namespace headway {
namespace {

constexpr int kDefaultDays = 30;
constexpr int kMaxDays = 3660;
constexpr int kDefaultLimit = 100;
constexpr int kMaxLimit = 1000;
// Answers that are kept at once: whoever asks for ever other windows gets no more memory.
constexpr size_t kMaxKept = 8;

absl::Status CheckRange(absl::string_view field, int value, int max) {
  if (value >= 0 && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, " is not between 1 and ", max));
}

absl::StatusOr<CoverageQuestion> CheckRequest(const v1::GetCoverageRequest& request, absl::Time now) {
  absl::Status status = CheckRange("window_days", request.window_days(), kMaxDays);
  status.Update(CheckRange("limit", request.limit(), kMaxLimit));
  if (!status.ok()) return status;
  const int days = request.window_days() == 0 ? kDefaultDays : request.window_days();
  CoverageQuestion question{now - absl::Hours(24) * days, now, "",
                            request.limit() == 0 ? kDefaultLimit : request.limit()};
  if (request.entity_ref().empty()) return question;
  absl::StatusOr<std::string> ref = CheckEntityRef(request.entity_ref());
  if (!ref.ok()) return ref.status();
  question.entity_ref = *std::move(ref);
  return question;
}

}  // namespace

bool CoverageAnswers::Recall(const Key& key, absl::Time now, v1::GetCoverageResponse* out) {
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end() || now < found->second.from || now >= found->second.until) return false;
  *out = found->second.answer;
  return true;
}

void CoverageAnswers::Keep(const Key& key, const v1::GetCoverageResponse& answer, absl::Time asked) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  std::erase_if(kept_, [now](const auto& one) { return now >= one.second.until; });
  if (kept_.size() >= kMaxKept) return;
  kept_[key] = {asked, now + std::max(kKept, kKeptTimes * (now - asked)), answer};
}

absl::StatusOr<v1::GetCoverageResponse> CoverageAnswers::Read(const CoverageQuestion& question) {
  absl::StatusOr<LoadedCoverage> loaded = reader_.Load(question);
  if (!loaded.ok()) return loaded.status();
  v1::GetCoverageResponse answer = std::move(loaded->answer);
  for (v1::SourceCoverage& source : *answer.mutable_sources()) {
    if (!source.has_complete_until()) continue;
    *source.mutable_lag() = ToDuration(question.until - ToTime(source.complete_until()));
  }
  *answer.mutable_at() = ToTimestamp(question.until);
  if (!question.entity_ref.empty()) return answer;
  v1::Installation& installation = *answer.mutable_installation();
  installation.set_version(std::string(ProgramVersion()));
  installation.set_schema_version_known(static_cast<int>(EmbeddedMigrations().size()));
  if (const auto stalled = progress_.See(loaded->queue.front, question.until)) {
    *installation.mutable_queue_stalled_for() = ToDuration(*stalled);
  }
  return answer;
}

absl::Status CoverageAnswers::GetCoverage(const v1::GetCoverageRequest& request, const Call& call,
                                          v1::GetCoverageResponse* out) {
  const absl::Time now = clock_.Now();
  const absl::StatusOr<CoverageQuestion> question = CheckRequest(request, now);
  if (!question.ok()) return question.status();
  const bool of_all = question->entity_ref.empty();
  const Key key{static_cast<int>((question->until - question->from) / absl::Hours(24)), question->limit};
  if (of_all && Recall(key, now, out)) return absl::OkStatus();
  if (absl::Status status = call.Check(); !status.ok()) return status;
  absl::StatusOr<v1::GetCoverageResponse> answer = Read(*question);
  if (!answer.ok()) return answer.status();
  if (of_all) Keep(key, *answer, now);
  *out = *std::move(answer);
  return absl::OkStatus();
}

}  // namespace headway
