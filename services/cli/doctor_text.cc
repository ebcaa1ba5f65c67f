#include "services/cli/doctor_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/cli/text_table.h"

namespace headway {
namespace {

constexpr absl::string_view kIndent = "      ";

void AppendStep(const Finding::Step& step, std::string* text) {
  absl::StrAppend(text, kIndent, "- ", step.sentence, "\n");
  if (step.lines.empty()) return;
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(step.lines, "\n"), '\n')) {
    // Without a sign before them, so that they can be copied.
    absl::StrAppend(text, kIndent, "    ", line, "\n");
  }
}

}  // namespace

size_t TodosOf(absl::Span<const Finding> findings) {
  return static_cast<size_t>(std::count_if(
      findings.begin(), findings.end(), [](const Finding& finding) { return finding.level == Finding::Level::kTodo; }));
}

std::string DoctorText(absl::Span<const Finding> findings, bool colours) {
  std::string text;
  for (const Finding& finding : findings) {
    const bool fine = finding.level == Finding::Level::kFine;
    absl::StrAppend(&text, fine ? Styled("ok", Style::kGood, colours) : Styled("to do", Style::kWarning, colours),
                    fine ? "    " : " ", fine ? finding.title : Styled(finding.title, Style::kStrong, colours), "\n");
    if (!finding.detail.empty()) absl::StrAppend(&text, kIndent, finding.detail, "\n");
    for (const Finding::Step& step : finding.steps) AppendStep(step, &text);
  }
  const size_t todos = TodosOf(findings);
  absl::StrAppend(&text, "\n",
                  todos == 0 ? "All is well." : absl::StrCat(todos, todos == 1 ? " thing" : " things", " to do."),
                  "\n");
  return text;
}

std::string DoctorJson(absl::Span<const Finding> findings, absl::string_view server) {
  nlohmann::ordered_json json;
  json["server"] = std::string(server);
  json["ok"] = TodosOf(findings) == 0;
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json one = {{"level", finding.level == Finding::Level::kFine ? "ok" : "todo"},
                                  {"check", finding.check},
                                  {"subject", finding.subject},
                                  {"title", finding.title},
                                  {"detail", finding.detail},
                                  {"steps", nlohmann::ordered_json::array()}};
    for (const Finding::Step& step : finding.steps)
      one["steps"].push_back({{"sentence", step.sentence}, {"lines", step.lines}});
    json["findings"].push_back(std::move(one));
  }
  // Bytes that are no UTF-8 are replaced: what sources say may hold any.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace headway
