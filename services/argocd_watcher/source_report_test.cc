#include "services/argocd_watcher/source_report.h"

#include "gmock/gmock.h"

namespace headway {
namespace {

using kubernetes::ObjectOutcome;
using ::testing::HasSubstr;

class SourceReportTest : public ::testing::Test {
 protected:
  v1::SourceStatus Status() { return report_.Report().source_status(); }
  absl::Time CompleteUntil() { return absl::FromUnixSeconds(Status().complete_until().seconds()); }
  bool HasChanged() { return report_.AwaitChange(absl::ZeroDuration()); }

  const absl::Time start_ = absl::FromUnixSeconds(1'000'000);
  FakeClock clock_{start_};
  Instruments instruments_;
  WatchInstruments counts_{instruments_, "main"};
  SourceReport report_{"argocd:main", &clock_, &counts_};
  kubernetes::ReflectorObserver& a_ = *report_.AddWatch("in namespace a");
  kubernetes::ReflectorObserver& b_ = *report_.AddWatch("in namespace b");
};

TEST_F(SourceReportTest, IsCompleteOnlyAsFarAsTheSlowestWatch) {
  EXPECT_EQ(CompleteUntil(), absl::UnixEpoch());
  EXPECT_FALSE(Status().has_last_contact_at());
  a_.OnContact();
  a_.OnCaughtUp();
  EXPECT_EQ(CompleteUntil(), absl::UnixEpoch());
  clock_.Advance(absl::Minutes(1));
  b_.OnCaughtUp();
  EXPECT_EQ(CompleteUntil(), start_ - absl::Seconds(5));
  EXPECT_EQ(Status().last_contact_at().seconds(), absl::ToUnixSeconds(start_));
  EXPECT_EQ(Status().reported_at().seconds(), absl::ToUnixSeconds(clock_.Now()));
  report_.UpdateGauges();
  EXPECT_EQ(counts_.lag.Value(), 65);
}

TEST_F(SourceReportTest, ThatEverythingWasListedIsSaidAtOnceAndOnce) {
  Status();
  a_.OnCaughtUp();
  EXPECT_FALSE(HasChanged());
  b_.OnCaughtUp();
  EXPECT_TRUE(HasChanged());
  Status();
  clock_.Advance(absl::Minutes(1));
  a_.OnCaughtUp();
  b_.OnCaughtUp();
  EXPECT_FALSE(HasChanged());
}

TEST_F(SourceReportTest, AProblemIsSaidOnceAndWhenItEnds) {
  EXPECT_FALSE(HasChanged());
  a_.OnProblem("list", absl::PermissionDeniedError("the API server answered 403 Forbidden: no"));
  EXPECT_TRUE(HasChanged());
  const v1::SourceStatus status = Status();
  ASSERT_EQ(status.problems_size(), 1);
  EXPECT_EQ(status.problems(0).code(), v1::SourceProblem::FORBIDDEN);
  EXPECT_EQ(status.problems(0).subject(), "list applications.argoproj.io in namespace a");
  EXPECT_THAT(status.problems(0).detail(), HasSubstr("403"));
  EXPECT_FALSE(HasChanged());
  clock_.Advance(absl::Minutes(5));
  a_.OnProblem("list", absl::PermissionDeniedError("again, in other words"));
  EXPECT_FALSE(HasChanged());
  EXPECT_EQ(Status().problems(0).since().seconds(), absl::ToUnixSeconds(start_));
  a_.OnHealthy();
  EXPECT_TRUE(HasChanged());
  EXPECT_EQ(Status().problems_size(), 0);
}

TEST_F(SourceReportTest, ProblemsHaveTheirCodes) {
  const std::vector<std::pair<absl::StatusCode, v1::SourceProblem::Code>> codes = {
      {absl::StatusCode::kUnavailable, v1::SourceProblem::UNREACHABLE},
      {absl::StatusCode::kDeadlineExceeded, v1::SourceProblem::UNREACHABLE},
      {absl::StatusCode::kUnauthenticated, v1::SourceProblem::UNAUTHENTICATED},
      {absl::StatusCode::kNotFound, v1::SourceProblem::NOT_FOUND},
      {absl::StatusCode::kResourceExhausted, v1::SourceProblem::THROTTLED},
      {absl::StatusCode::kDataLoss, v1::SourceProblem::INVALID_ANSWER}};
  for (const auto& [status, code] : codes) {
    a_.OnProblem("watch", absl::Status(status, "x"));
    EXPECT_EQ(Status().problems(0).code(), code);
  }
  a_.OnProblem("list", absl::NotFoundError("404"));
  EXPECT_THAT(Status().problems(0).detail(), HasSubstr("Argo CD is not installed"));
}

TEST_F(SourceReportTest, WhatCouldNotBeReadIsSaidForAnHour) {
  b_.OnObject(ObjectOutcome::kTaken);
  EXPECT_FALSE(HasChanged());
  b_.OnObject(ObjectOutcome::kTooLarge);
  EXPECT_TRUE(HasChanged());
  EXPECT_EQ(Status().problems(0).code(), v1::SourceProblem::INVALID_ANSWER);
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(Status().problems_size(), 1);
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(Status().problems_size(), 0);
  b_.OnObject(ObjectOutcome::kBroken);
  EXPECT_EQ(Status().problems(0).since().seconds(), absl::ToUnixSeconds(clock_.Now()));
}

TEST_F(SourceReportTest, CountsOpenWatches) {
  EXPECT_EQ(counts_.watches.Value(), 2);
  a_.OnWatching(true);
  a_.OnWatching(true);
  EXPECT_EQ(counts_.connected.Value(), 1);
  a_.OnWatching(false);
  b_.OnWatching(false);
  EXPECT_EQ(counts_.connected.Value(), 0);
}

TEST_F(SourceReportTest, StopEndsTheWaiting) {
  report_.Stop();
  EXPECT_FALSE(report_.AwaitChange(absl::Hours(1)));
}

}  // namespace
}  // namespace headway
