#include "services/cli/coverage_text.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/cli/doctor_findings.h"
#include "services/cli/measure_text.h"
#include "services/cli/text_table.h"
#include "services/cli/yaml_snippet.h"

namespace headway {
namespace {

using Cell = TextTable::Cell;

Cell Count(int64_t n) { return {absl::StrCat(n), Style::kPlain, true}; }
// What should be zero.
Cell Missing(int64_t n) { return {absl::StrCat(n), n == 0 ? Style::kPlain : Style::kWarning, true}; }
Cell Name(const std::string& text) { return {Printable(text)}; }

std::vector<Cell> Headings(const std::vector<std::string>& names, size_t first_right) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < names.size(); ++i) cells.push_back({names[i], Style::kFaint, i >= first_right});
  return cells;
}

std::string AgoOf(bool known, const google::protobuf::Timestamp& moment, const google::protobuf::Timestamp& now) {
  if (!known) return "";
  const int64_t ago = now.seconds() - moment.seconds();
  return ago < 0 ? "in the future" : absl::StrCat(HumanSeconds(static_cast<double>(ago), 2), " ago");
}

std::string Sources(const v1::GetCoverageResponse& coverage, bool colours) {
  TextTable table;
  table.Add(Headings({"source", "reports", "last contact", "complete until", "problems", "streams", "unmapped",
                      "deployments", "missed"},
                     4));
  for (const v1::SourceCoverage& source : coverage.sources()) {
    table.Add({Name(source.source()),
               {absl::AsciiStrToLower(v1::SourceStatus::Covers_Name(source.covers()))},
               {AgoOf(source.has_last_contact_at(), source.last_contact_at(), coverage.at())},
               {AgoOf(source.has_complete_until(), source.complete_until(), coverage.at())},
               Missing(source.problems_size()),
               Count(source.streams()),
               Missing(source.unmapped_streams()),
               Count(source.deployments()),
               Missing(source.missed_at_least())});
  }
  return table.Render(colours);
}

std::string Unmapped(const v1::GetCoverageResponse& coverage, bool colours) {
  TextTable table;
  table.Add(Headings({"source", "stream", "deployments", "why"}, 9));
  for (const v1::UnmappedStream& stream : coverage.unmapped()) {
    table.Add({Name(stream.source()), Name(stream.stream()), Count(stream.deployments()), Name(stream.reason())});
  }
  return table.Render(colours);
}

std::string WithoutTier(const v1::GetCoverageResponse& coverage, bool colours) {
  TextTable table;
  for (const v1::EnvironmentWithoutTier& environment : coverage.environments_without_tier())
    table.Add({Name(environment.environment()), Count(environment.deployments())});
  return table.Render(colours);
}

std::string Unresolved(const v1::GetCoverageResponse& coverage, bool colours) {
  TextTable table;
  for (const v1::UnresolvedReason& reason : coverage.unresolved()) {
    table.Add({Name(reason.reason().empty() ? "the source names none" : reason.reason()), Count(reason.deployments()),
               Name(reason.example())});
  }
  return table.Render(colours);
}

std::string Gaps(const v1::GetCoverageResponse& coverage, bool colours) {
  TextTable table;
  table.Add(Headings({"source", "stream", "at least", "before"}, 9));
  for (const v1::DeploymentGap& gap : coverage.gaps()) {
    table.Add(
        {Name(gap.source()), Name(gap.stream()), Count(gap.at_least()), {MomentText(gap.until(), coverage.at())}});
  }
  return table.Render(colours);
}

void Section(const std::string& title, bool any, const std::string& table, bool colours, std::string* text) {
  if (any) absl::StrAppend(text, "\n", Styled(title, Style::kStrong, colours), "\n", table);
}

}  // namespace

std::string CoverageText(const v1::GetCoverageResponse& coverage, bool colours) {
  std::string text = Sources(coverage, colours);
  absl::StrAppend(&text, "\n", coverage.deployments_with_source_commit(), " of ", coverage.deployments(),
                  " deployments to production have a source commit; ", coverage.changes_shipped(), " of ",
                  coverage.changes_merged(), " merged changes have shipped.\n");
  Section(absl::StrCat("Belonging to no entity (", coverage.unmapped_streams(), ")"), coverage.unmapped_size() > 0,
          Unmapped(coverage, colours), colours, &text);
  Section("Environments in no tier", coverage.environments_without_tier_size() > 0, WithoutTier(coverage, colours),
          colours, &text);
  Section("Without a source commit", coverage.unresolved_size() > 0, Unresolved(coverage, colours), colours, &text);
  Section(absl::StrCat("Missed by everybody (", coverage.gap_count(), ")"), coverage.gaps_size() > 0,
          Gaps(coverage, colours), colours, &text);
  return text;
}

}  // namespace headway
