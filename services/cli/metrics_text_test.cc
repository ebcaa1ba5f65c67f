#include "services/cli/metrics_text.h"

#include "gmock/gmock.h"
#include "services/cli/measure_text.h"
#include "services/cli/scope_options.h"
#include "services/cli/text_table.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HumanSeconds, IsRightToTheSecond) {
  EXPECT_EQ(HumanSeconds(0), "0 s");
  EXPECT_EQ(HumanSeconds(0.42), "0.42 s");
  EXPECT_EQ(HumanSeconds(59.6), "1 min");
  EXPECT_EQ(HumanSeconds(3661), "1 h 1 min 1 s");
  EXPECT_EQ(HumanSeconds(2 * 86400 + 4 * 3600 + 13 * 60 + 9), "2 d 4 h 13 min 9 s");
  EXPECT_EQ(HumanSeconds(86400 + 5), "1 d 5 s");
  EXPECT_EQ(HumanSeconds(-90), "-1 min 30 s");
}

TEST(HumanSeconds, RoundsToTheLastUnitShown) {
  EXPECT_EQ(HumanSeconds(2 * 86400 + 4 * 3600 + 29 * 60, 2), "2 d 4 h");
  EXPECT_EQ(HumanSeconds(2 * 86400 + 4 * 3600 + 31 * 60, 2), "2 d 5 h");
  EXPECT_EQ(HumanSeconds(23 * 3600 + 59 * 60 + 31, 2), "1 d");
}

TEST(HumanValue, ReadsAsPeopleSayIt) {
  EXPECT_EQ(HumanValue(1.9, "per_day"), "1.9 a day");
  EXPECT_EQ(HumanValue(0.5, "per_day"), "3.5 a week");
  EXPECT_EQ(HumanValue(0.1, "per_day"), "3.0 in 30 days");
  EXPECT_EQ(HumanValue(0, "per_day"), "0 a day");
  EXPECT_EQ(HumanValue(0.0526, "ratio"), "5.3 %");
  EXPECT_EQ(HumanValue(3, "count"), "3");
  EXPECT_EQ(HumanValue(2.5, "count"), "2.5");
}

v1::Measure Measure(const char* metric, double value, int64_t n, int64_t count) {
  v1::Measure measure;
  measure.set_metric(metric);
  measure.set_availability(v1::Measure::AVAILABLE);
  measure.set_value(value);
  measure.set_n(n);
  measure.set_count(count);
  return measure;
}

TEST(ValueCell, SaysWhyThereIsNoNumber) {
  v1::Measure measure;
  measure.set_availability(v1::Measure::NOT_ENOUGH_DATA);
  measure.set_reason(v1::Measure::NO_SOURCE_MAPPED);
  EXPECT_EQ(ValueCell(measure, "ratio").text, "no data: no source is mapped");
  measure.set_reason(v1::Measure::SOURCE_SILENT);
  EXPECT_EQ(ValueCell(measure, "ratio").text, "no data: the source is silent");
  measure.set_reason(v1::Measure::TOO_FEW_EVENTS);
  EXPECT_EQ(ValueCell(measure, "ratio").text, "no data: no events");
  measure.set_n(3);
  EXPECT_EQ(ValueCell(measure, "ratio").text, "no data: too few events (3)");
}

TEST(ValueCell, SaysHowManyAndHowSure) {
  EXPECT_EQ(ValueCell(Measure("change_fail_rate", 0.2, 5, 1), "ratio").text, "20.0 % (1 of 5)");
  v1::Measure open = Measure("failed_deployment_recovery_time", 3600, 3, 2);
  open.set_more_than(true);
  EXPECT_EQ(ValueCell(open, "seconds").text, "more than 1 h (2 still open)");
}

TEST(ChangeCell, IsEmptyWhereNoTrendIsTold) {
  v1::Measure measure = Measure("change_lead_time", 90, 5, 0);
  measure.set_before(100);
  EXPECT_EQ(ChangeCell(measure, "seconds").text, "");
  measure.set_trend(v1::Measure::BETTER);
  EXPECT_EQ(ChangeCell(measure, "seconds").text, "↓ -10 % better");
  measure.set_trend(v1::Measure::SAME);
  EXPECT_EQ(ChangeCell(measure, "seconds").text, "same");
  measure = Measure("change_fail_rate", 0.25, 8, 2);
  measure.set_before(0.125);
  measure.set_trend(v1::Measure::WORSE);
  EXPECT_EQ(ChangeCell(measure, "ratio").text, "↑ +12.5 points worse");
}

TEST(TextTable, AlignsWhatHasSeveralBytesACharacter) {
  TextTable table;
  table.Add({{"a"}, {"↑ x"}, {"7", Style::kPlain, true}});
  table.Add({{"long"}, {"y"}, {"123", Style::kPlain, true}});
  table.Add({{"a line that is longer than its column"}});
  table.Add({{""}});
  EXPECT_EQ(table.Render(false), "  a      ↑ x     7\n  long   y     123\n  a line that is longer than its column\n\n");
}

v1::GetEntityMetricsResponse Answer() {
  v1::GetEntityMetricsResponse answer;
  answer.set_entity_ref("component:default/a");
  answer.mutable_scope()->set_window_days(30);
  answer.mutable_scope()->set_time_zone("Europe/Berlin");
  answer.mutable_scope()->mutable_as_of()->set_seconds(1'714'564'800);
  answer.mutable_window_start()->set_seconds(1'711'972'800);
  *answer.add_measures() = Measure("deployment_frequency", 0.5, 15, 15);
  auto* part = answer.mutable_measures(0)->add_parts();
  part->set_name("days_per_week");
  part->set_value(3);
  v1::Measure* none = answer.add_measures();
  none->set_metric("time_to_restore_service");
  none->set_availability(v1::Measure::NOT_ENOUGH_DATA);
  none->set_reason(v1::Measure::NO_SOURCE_MAPPED);
  answer.mutable_coverage()->set_deployments(15);
  answer.mutable_coverage()->set_deployments_with_known_commit(14);
  auto* until = answer.mutable_coverage()->add_data_until();
  until->set_source("ci");
  until->set_covers(v1::SourceStatus::DEPLOYMENTS);
  until->mutable_until()->set_seconds(1'714'564'800);
  answer.set_derived_share(1);
  return answer;
}

TEST(MetricsText, ShowsNumbersReasonsCoverageAndHowFarTheDataGo) {
  const std::string text = MetricsText(Answer(), "component:default/a", false);
  EXPECT_EQ(text,
            "component:default/a\n"
            "production, 30 days: 2024-04-01 14:00:00 CEST to 2024-05-01 14:00:00 CEST\n"
            "\n"
            "                                    now                            before   change    n\n"
            "  Deployment frequency              3.5 a week                                       15\n"
            "    days with a deployment a week     3\n"
            "  Time to restore service           no data: no source is mapped\n"
            "\n"
            "Computed from\n"
            "  15 deployments, 1 without a commit that is known\n"
            "  0 changes shipped\n"
            "  0 changes merged\n"
            "  0 incidents\n"
            "\n"
            "Data until\n"
            "  deployments   2024-05-01 14:00:00 CEST   ci\n");
}

TEST(MetricsText, HasColoursOnlyWhereTheyAreWanted) {
  EXPECT_THAT(MetricsText(Answer(), "a", false), Not(HasSubstr("\033")));
  EXPECT_THAT(MetricsText(Answer(), "a", true), HasSubstr("\033"));
}

TEST(ExplanationText, ShowsEachFactAndWhy) {
  v1::ExplainMetricResponse answer;
  *answer.mutable_measure() = Measure("change_fail_rate", 1, 1, 1);
  answer.mutable_scope()->set_window_days(1);
  answer.set_definition("What it means.");
  auto* evidence = answer.add_evidence();
  evidence->mutable_deployment()->set_source("ci");
  evidence->mutable_deployment()->set_key("run-1");
  evidence->set_value(1);
  evidence->set_counts(true);
  evidence->add_because("it was rolled back");
  auto* left_out = answer.add_evidence();
  left_out->mutable_incident()->set_incident_id("P1");
  left_out->set_left_out("no reason at all");
  const std::string text = ExplanationText(answer, "component:default/a", false);
  EXPECT_THAT(text, HasSubstr("Change fail rate of component:default/a"));
  EXPECT_THAT(text, HasSubstr("100.0 % (1 of 1)"));
  EXPECT_THAT(text, HasSubstr("ci/run-1"));
  EXPECT_THAT(text, HasSubstr("it was rolled back"));
  EXPECT_THAT(text, HasSubstr("left out: no reason at all"));
}

TEST(ScopeOf, TakesDaysAndWeeksAndNamesTheRest) {
  ScopeOptions options;
  options.window = "4w";
  EXPECT_EQ(ScopeOf(options)->window_days(), 28);
  options.window = "7";
  EXPECT_EQ(ScopeOf(options)->window_days(), 7);
  for (const char* window : {"0d", "36h", "3661d", "month", "-1"}) {
    options.window = window;
    EXPECT_THAT(std::string(ScopeOf(options).status().message()), HasSubstr("--window")) << window;
  }
  options.window = "30d";
  options.as_of = absl::FromUnixMicros(1'500'000);
  EXPECT_EQ(ScopeOf(options)->as_of().nanos(), 500'000'000);
  options.policies = {"bots=maybe"};
  EXPECT_THAT(std::string(ScopeOf(options).status().message()), HasSubstr("there are included, excluded"));
}

TEST(JsonOf, IsExact) {
  v1::Measure measure = Measure("change_lead_time", 1.0 / 3, 0, 0);
  EXPECT_THAT(JsonOf(measure, false), HasSubstr("\"value\":0.33333333333333331"));
  EXPECT_THAT(JsonOf(measure, false), HasSubstr("\"n\":\"0\""));
  EXPECT_THAT(JsonOf(measure, false), Not(HasSubstr("before\"")));
}

}  // namespace
}  // namespace headway
