#include "services/aggregator/gap_gauge.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/postgres_fixture.h"
#include "gtest/gtest.h"

namespace headway {
namespace {

class GapGaugeTest : public testing::PostgresTest {
 protected:
  void AddGap(const std::string& stream, int missed) {
    Execute(absl::StrCat("INSERT INTO dora.gaps VALUES ('component:default/e', '", stream, "', 'argocd', '", stream,
                         "', now(), now(), ", missed, ", true)"));
  }
  // Waits for it.
  bool Shows(double gaps, double missed) {
    for (int i = 0; i < 1000; ++i) {
      if (instruments_.Gauge("deployment_gaps", "Places in streams of deployments where some are missing.").Value() ==
              gaps &&
          instruments_.Gauge("deployments_missed_at_least", "Deployments that are missing there, at least.").Value() ==
              missed) {
        return true;
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }

  Instruments instruments_;
};

TEST_F(GapGaugeTest, CountsAtTheStartAndWhenGapsHaveChanged) {
  AddGap("one", 15);
  GapGauge gauge([this]() -> absl::StatusOr<std::string> { return url(); }, instruments_);
  gauge.Start();
  EXPECT_TRUE(Shows(1, 15));
  AddGap("two", 3);
  gauge.Changed();
  EXPECT_TRUE(Shows(2, 18));
  Execute("DELETE FROM dora.gaps");
  gauge.Changed();
  EXPECT_TRUE(Shows(0, 0));
  gauge.Stop();
}

TEST_F(GapGaugeTest, StopsWhileTheDatabaseIsOutOfReach) {
  GapGauge gauge([]() -> absl::StatusOr<std::string> { return absl::UnavailableError("no address"); }, instruments_);
  gauge.Start();
  gauge.Changed();
  gauge.Stop();
}

}  // namespace
}  // namespace headway
