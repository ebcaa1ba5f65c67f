#include "services/argocd_watcher/source_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/log.h"
#include "services/base/timestamp.h"
#include "services/ingest_client/source_problem.h"

namespace headway {
namespace {

// Between what Argo CD writes as the time of something and its coming here: its clock's and the API server's delay.
constexpr absl::Duration kSettles = absl::Seconds(5);
// What could not be read or stored is said for so long after the last one.
constexpr absl::Duration kRemembered = absl::Hours(1);

v1::SourceProblem ProblemOf(v1::SourceProblem::Code code, const std::string& subject, const std::string& detail,
                            absl::Time since) {
  v1::SourceProblem problem = MakeProblem(code, subject, detail);
  *problem.mutable_since() = ToTimestamp(since);
  return problem;
}

}  // namespace

// One watch of the instance. Its fields are guarded by the report's mutex.
class SourceReport::Watch : public kubernetes::ReflectorObserver {
 public:
  Watch(SourceReport* report, std::string where) : report_(report), where_(std::move(where)) {}

  void OnContact() override {
    absl::MutexLock lock(&report_->mutex_);
    contact_ = report_->clock_->Now();
    report_->instruments_->last_contact.Set(absl::ToDoubleSeconds(contact_ - absl::UnixEpoch()));
  }
  void OnCaughtUp() override {
    absl::MutexLock lock(&report_->mutex_);
    const bool is_first = caught_up_ == absl::UnixEpoch();
    caught_up_ = report_->clock_->Now();
    if (is_first) report_->Changed();
  }
  void OnObject(kubernetes::ObjectOutcome outcome) override {
    report_->instruments_->events[static_cast<size_t>(outcome)]->Increment();
    using Outcome = kubernetes::ObjectOutcome;
    if (outcome == Outcome::kTaken || outcome == Outcome::kBookmark) return;
    absl::MutexLock lock(&report_->mutex_);
    const absl::Time now = report_->clock_->Now();
    const std::string detail = outcome == Outcome::kTooLarge
                                   ? "an object is larger than 4 MiB and was passed over"
                                   : "an object or event could not be understood and was passed over";
    if (!unread_.has_value() || unread_->last <= now - kRemembered) {
      unread_ = {ProblemOf(v1::SourceProblem::INVALID_ANSWER, Subject("read"), detail, now), now};
    }
    unread_->last = now;
    report_->Changed();
  }
  void OnList(kubernetes::ListCause cause) override {
    report_->instruments_->lists[static_cast<size_t>(cause)]->Increment();
  }
  void OnWatching(bool is_watching) override {
    absl::MutexLock lock(&report_->mutex_);
    if (std::exchange(is_watching_, is_watching) == is_watching) return;
    report_->instruments_->connected.Increment(is_watching ? 1 : -1);
  }
  void OnProblem(absl::string_view doing, const absl::Status& status) override {
    absl::MutexLock lock(&report_->mutex_);
    const v1::SourceProblem::Code code = ProblemCodeOf(status);
    const std::string subject = Subject(doing);
    if (problem_.has_value() && problem_->code() == code && problem_->subject() == subject) return;
    std::string detail(status.message());
    if (code == v1::SourceProblem::NOT_FOUND) {
      absl::StrAppend(&detail, " (there is no applications.argoproj.io in this cluster: Argo CD is not installed)");
    }
    problem_ = ProblemOf(code, subject, detail, report_->clock_->Now());
    LogWarning("cannot watch Argo CD", {{"source", report_->source_},
                                        {"doing", subject},
                                        {"problem", v1::SourceProblem::Code_Name(code)},
                                        {"cause", detail}});
    report_->Changed();
  }
  void OnHealthy() override {
    absl::MutexLock lock(&report_->mutex_);
    if (!std::exchange(was_healthy_, true) || problem_.has_value()) {
      LogInfo("watching Argo CD", {{"source", report_->source_}, {"where", where_}});
    }
    problem_.reset();
    report_->Changed();
  }

 private:
  friend class SourceReport;
  std::string Subject(absl::string_view doing) const {
    return absl::StrCat(doing, " applications.argoproj.io ", where_);
  }

  SourceReport* const report_;
  const std::string where_;
  absl::Time contact_ = absl::InfinitePast();
  absl::Time caught_up_ = absl::UnixEpoch();  // everything before any time was reported
  bool is_watching_ = false;
  bool was_healthy_ = false;
  std::optional<v1::SourceProblem> problem_;
  std::optional<Trouble> unread_;
};

SourceReport::SourceReport(std::string source, const Clock* clock, WatchInstruments* instruments)
    : source_(std::move(source)), clock_(clock), instruments_(instruments) {}

SourceReport::~SourceReport() = default;

kubernetes::ReflectorObserver* SourceReport::AddWatch(std::string where) {
  absl::MutexLock lock(&mutex_);
  watches_.push_back(std::make_unique<Watch>(this, std::move(where)));
  instruments_->watches.Increment();
  return watches_.back().get();
}

void SourceReport::Refused(absl::string_view why) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  if (!refused_.has_value() || refused_->last <= now - kRemembered) {
    refused_ = {ProblemOf(v1::SourceProblem::REJECTED, "store what was seen", std::string(why), now), now};
    LogWarning("an observation was refused", {{"source", source_}, {"cause", why}});
  }
  refused_->last = now;
  Changed();
}

std::vector<v1::SourceProblem> SourceReport::Problems() const {
  std::vector<v1::SourceProblem> problems;
  const absl::Time forgotten = clock_->Now() - kRemembered;
  for (const std::unique_ptr<Watch>& watch : watches_) {
    if (watch->problem_.has_value()) problems.push_back(*watch->problem_);
    if (watch->unread_.has_value() && watch->unread_->last > forgotten) problems.push_back(watch->unread_->problem);
  }
  if (refused_.has_value() && refused_->last > forgotten) problems.push_back(refused_->problem);
  if (problems.size() > kMaxProblems) problems.resize(kMaxProblems);
  return problems;
}

std::string SourceReport::WhatIsSaid() const {
  // Until everything was listed once, answers know nothing of the source: that it was is said at once.
  std::string text = CompleteUntil() > absl::UnixEpoch() ? "listed\n" : "";
  for (const v1::SourceProblem& problem : Problems()) absl::StrAppend(&text, problem.code(), problem.subject(), "\n");
  return text;
}

void SourceReport::Changed() { has_changed_ = WhatIsSaid() != last_said_; }

bool SourceReport::AwaitChange(absl::Duration within) const {
  const auto is_time = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return has_changed_ || is_stopped_; };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&is_time), within);
  return has_changed_;
}

void SourceReport::Stop() {
  absl::MutexLock lock(&mutex_);
  is_stopped_ = true;
}

// What the watch that has come least far has delivered.
absl::Time SourceReport::CompleteUntil() const {
  absl::Time until = absl::InfiniteFuture();
  for (const std::unique_ptr<Watch>& watch : watches_) until = std::min(until, watch->caught_up_);
  if (watches_.empty()) return absl::UnixEpoch();
  return std::max(until - kSettles, absl::UnixEpoch());
}

v1::Observation SourceReport::Report() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  v1::Observation observation;
  observation.set_source(source_);
  v1::SourceStatus& status = *observation.mutable_source_status();
  status.set_covers(v1::SourceStatus::DEPLOYMENTS);
  *status.mutable_complete_until() = ToTimestamp(CompleteUntil());
  *status.mutable_reported_at() = ToTimestamp(now);
  absl::Time contact = absl::InfinitePast();
  for (const std::unique_ptr<Watch>& watch : watches_) contact = std::max(contact, watch->contact_);
  if (contact > absl::InfinitePast()) *status.mutable_last_contact_at() = ToTimestamp(contact);
  for (v1::SourceProblem& problem : Problems()) *status.add_problems() = std::move(problem);
  last_said_ = WhatIsSaid();
  has_changed_ = false;
  return observation;
}

void SourceReport::UpdateGauges() const {
  absl::MutexLock lock(&mutex_);
  instruments_->lag.Set(absl::ToDoubleSeconds(clock_->Now() - CompleteUntil()));
  instruments_->problems.Set(static_cast<double>(Problems().size()));
}

}  // namespace headway
