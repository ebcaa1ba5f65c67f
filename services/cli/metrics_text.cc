#include "services/cli/metrics_text.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "aggregator/metrics/catalog.h"
#include "services/cli/measure_text.h"
#include "services/cli/progress.h"
#include "services/cli/text_table.h"

namespace headway {
namespace {

const MetricInfo* Find(const std::string& metric) {
  const auto id = FindMetric(metric);
  return id.has_value() ? &InfoOf(*id) : nullptr;
}

std::string PartUnit(const std::string& metric, const std::string& part) {
  if (const MetricInfo* info = Find(metric); info != nullptr) {
    for (const PartInfo& known : info->parts) {
      if (part == known.name) return known.unit;
    }
  }
  return "count";
}

std::string PartTitle(const std::string& part) {
  if (part == "p90") return "90th percentile";
  if (part == "days_per_week") return "days with a deployment a week";
  return absl::StrReplaceAll(part, {{"_", " "}});
}

void AddMeasure(const v1::Measure& measure, TextTable* table) {
  const std::string unit = UnitOf(measure.metric());
  table->Add({{TitleOf(measure.metric())},
              ValueCell(measure, unit),
              {measure.has_before() ? HumanValue(measure.before(), unit, 2) : "", Style::kFaint},
              ChangeCell(measure, unit),
              {measure.n() > 0 ? WithThousands(measure.n()) : "", Style::kPlain, true}});
  for (const v1::Part& part : measure.parts()) {
    if (!part.has_value()) continue;
    table->Add(
        {{absl::StrCat("  ", PartTitle(part.name())), Style::kFaint},
         {absl::StrCat("  ", HumanValue(part.value(), PartUnit(measure.metric(), part.name()))), Style::kFaint}});
  }
  if (measure.has_longest_open()) {
    const double seconds = static_cast<double>(measure.longest_open().seconds()) + measure.longest_open().nanos() / 1e9;
    table->Add({{"  longest open", Style::kFaint}, {absl::StrCat("  ", HumanSeconds(seconds)), Style::kWarning}});
  }
}

// "19 deployments, 2 of them without a known commit": what is missing only where something is.
class Sentence {
 public:
  Sentence(int64_t n, const char* one, const char* many)
      : text_(absl::StrCat(WithThousands(n), " ", n == 1 ? one : many)) {}
  Sentence& With(int64_t n, absl::string_view what) {
    if (n != 0) absl::StrAppend(&text_, ", ", WithThousands(n), " ", what);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::vector<std::string> CoverageLines(const v1::Coverage& c) {
  std::vector<std::string> lines = {
      Sentence(c.deployments(), "deployment", "deployments")
          .With(c.deployments() - c.deployments_with_known_commit(), "without a commit that is known")
          .text(),
      Sentence(c.changes(), "change shipped", "changes shipped")
          .With(c.changes_first_commit_unknown(), "without a known first commit")
          .text(),
      Sentence(c.changes_merged(), "change merged", "changes merged")
          .With(c.changes_not_shipped(), "not shipped yet")
          .text(),
      Sentence(c.incidents(), "incident", "incidents")
          .With(c.incidents_linked_explicitly(), "linked explicitly")
          .With(c.incidents_linked_by_inference(), "linked by the rule of time")
          .With(c.incidents_with_broken_link(), "with a link that leads nowhere")
          .With(c.incidents_without_opening(), "without an opening")
          .text(),
  };
  if (c.negative_spans() > 0)
    lines.push_back(absl::StrCat(WithThousands(c.negative_spans()), " values left out: they end before they begin"));
  if (c.future_timestamps() > 0)
    lines.push_back(absl::StrCat(WithThousands(c.future_timestamps()), " events left out: dated in the future"));
  if (c.history_truncated()) lines.push_back("the commits that ship are cut where their history is not mirrored");
  return lines;
}

std::string CoversName(v1::SourceStatus::Covers covers) {
  switch (covers) {
    case v1::SourceStatus::DEPLOYMENTS:
      return "deployments";
    case v1::SourceStatus::CHANGES:
      return "changes";
    case v1::SourceStatus::INCIDENTS:
      return "incidents";
    default:
      return "";
  }
}

std::string ScopeLine(const v1::MetricScope& scope, const google::protobuf::Timestamp& start) {
  const absl::TimeZone zone = ZoneOf(scope);
  return absl::StrCat(scope.environment().empty() ? "production" : scope.environment(), ", ", scope.window_days(),
                      scope.window_days() == 1 ? " day: " : " days: ", HumanTime(start, zone), " to ",
                      HumanTime(scope.as_of(), zone));
}

std::string ShortSha(const std::string& sha) { return sha.substr(0, 10); }

std::string FactText(const v1::Evidence& evidence) {
  if (evidence.has_deployment()) {
    const auto& d = evidence.deployment();
    return absl::StrJoin(
        {absl::StrCat(d.source(), "/", d.key()), d.environment(), d.stream(), d.kind(), ShortSha(d.source_revision())},
        "  ");
  }
  if (evidence.has_change()) {
    const auto& c = evidence.change();
    const std::string number = c.number() == 0 ? "" : absl::StrCat("#", c.number());
    return absl::StrCat(c.repository(), number, "  ", ShortSha(c.merge_commit_sha()));
  }
  const auto& i = evidence.incident();
  return absl::StrCat(i.source(), "/", i.incident_id(), i.title().empty() ? "" : absl::StrCat("  \"", i.title(), "\""));
}

// How a deployment's commit was found where its source does not say it, or why it was not.
std::string CommitText(const v1::Evidence& evidence) {
  const v1::ExplainedDeployment& deployment = evidence.deployment();
  if (deployment.revision_evidence().empty() || deployment.revision_found_by() == v1::ExplainedDeployment::REPORTED) {
    return "";
  }
  return absl::StrCat(deployment.source_revision().empty() ? "no commit: " : "commit by ",
                      deployment.revision_evidence());
}

// What the fact adds to the number.
TextTable::Cell ContributionCell(const v1::Evidence& evidence, const std::string& unit) {
  if (!evidence.has_value()) return {"left out", Style::kWarning};
  if (unit == "seconds") {
    return {absl::StrCat(HumanSeconds(evidence.value()), evidence.counts() ? ", still open" : ""),
            evidence.counts() ? Style::kBad : Style::kStrong};
  }
  if (unit == "ratio")
    return evidence.counts() ? TextTable::Cell{"counts", Style::kBad} : TextTable::Cell{"", Style::kPlain};
  return {"1", Style::kPlain};
}

std::string Bar(double share) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(share * 8 * 24 + 0.5);
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kEighths[eighths % 8];
}

}  // namespace

std::string UnitOf(const std::string& metric) {
  const MetricInfo* info = Find(metric);
  return info == nullptr ? "count" : info->unit;
}

std::string TitleOf(const std::string& metric) {
  const MetricInfo* info = Find(metric);
  return info == nullptr ? metric : info->title;
}

std::string MetricsText(const v1::GetEntityMetricsResponse& answer, const std::string& title, bool colours) {
  std::string out = absl::StrCat(Styled(title, Style::kStrong, colours), "\n",
                                 ScopeLine(answer.scope(), answer.window_start()), "\n\n");
  TextTable table;
  table.Add({{"", Style::kFaint},
             {"now", Style::kFaint},
             {"before", Style::kFaint},
             {"change", Style::kFaint},
             {"n", Style::kFaint, true}});
  for (const v1::Measure& measure : answer.measures()) AddMeasure(measure, &table);
  absl::StrAppend(&out, table.Render(colours), "\n", Styled("Computed from", Style::kStrong, colours), "\n");
  for (const std::string& line : CoverageLines(answer.coverage())) absl::StrAppend(&out, "  ", line, "\n");
  if (answer.derived_share() < 1) {
    absl::StrAppend(&out, "  ",
                    Styled(absl::StrCat("recomputing, ", static_cast<int>(answer.derived_share() * 100), " % done"),
                           Style::kWarning, colours),
                    "\n");
  }
  if (answer.coverage().data_until_size() > 0)
    absl::StrAppend(&out, "\n", Styled("Data until", Style::kStrong, colours), "\n");
  TextTable sources;
  for (const v1::DataUntil& until : answer.coverage().data_until()) {
    const std::string time =
        until.has_until() ? HumanTime(until.until(), ZoneOf(answer.scope())) : "nothing reported yet";
    sources.Add({{CoversName(until.covers())},
                 {time, until.has_until() ? Style::kPlain : Style::kWarning},
                 {until.source(), Style::kFaint}});
  }
  return out + sources.Render(colours);
}

std::string ExplanationText(const v1::ExplainMetricResponse& answer, const std::string& entity_ref, bool colours) {
  const v1::Measure& measure = answer.measure();
  const std::string unit = UnitOf(measure.metric());
  const TextTable::Cell value = ValueCell(measure, unit);
  std::string out =
      absl::StrCat(Styled(absl::StrCat(TitleOf(measure.metric()), " of ", entity_ref), Style::kStrong, colours), "\n",
                   ScopeLine(answer.scope(), answer.window_start()), "\n\n  ", Styled(value.text, value.style, colours),
                   ", n = ", WithThousands(measure.n()), "\n\n", answer.definition(), "\n\n");
  TextTable table;
  const absl::TimeZone zone = ZoneOf(answer.scope());
  for (const v1::Evidence& evidence : answer.evidence()) {
    table.Add({{HumanTime(evidence.at(), zone)}, ContributionCell(evidence, unit), {FactText(evidence)}});
    if (!evidence.left_out().empty())
      table.Add({{absl::StrCat("    left out: ", evidence.left_out()), Style::kWarning}});
    if (const std::string commit = CommitText(evidence); !commit.empty())
      table.Add({{absl::StrCat("    ", commit), Style::kFaint}});
    for (const std::string& why : evidence.because()) table.Add({{absl::StrCat("    ", why), Style::kFaint}});
  }
  if (answer.evidence().empty()) table.Add({{"no facts in the window", Style::kFaint}});
  return out + table.Render(colours);
}

std::string SeriesText(const v1::GetMetricSeriesResponse& answer, const std::string& metric, bool colours) {
  const std::string unit = UnitOf(metric);
  double greatest = 0;
  for (const v1::SeriesPoint& point : answer.points()) greatest = std::max(greatest, point.measure().value());
  std::string out =
      absl::StrCat(Styled(absl::StrCat(TitleOf(metric), " of ", answer.entity_ref()), Style::kStrong, colours), "\n\n");
  TextTable table;
  table.Add({{"from", Style::kFaint}, {"value", Style::kFaint}, {"n", Style::kFaint, true}, {"", Style::kFaint}});
  const absl::TimeZone zone = ZoneOf(answer.scope());
  for (const v1::SeriesPoint& point : answer.points()) {
    const v1::Measure& measure = point.measure();
    const std::string bar = greatest > 0 && measure.has_value() ? Bar(measure.value() / greatest) : "";
    table.Add({{HumanTime(point.start(), zone)},
               ValueCell(measure, unit),
               {WithThousands(measure.n()), Style::kPlain, true},
               {bar, Style::kGood}});
  }
  return out + table.Render(colours);
}

}  // namespace headway
