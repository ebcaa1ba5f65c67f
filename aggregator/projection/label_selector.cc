#include "aggregator/projection/label_selector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace headway {
namespace {

constexpr size_t kMaxRequirements = 100;

absl::string_view Strip(absl::string_view text) { return absl::StripAsciiWhitespace(text); }

bool IsName(absl::string_view text) {
  return !text.empty() && text.find_first_of("=!(), \t\n") == absl::string_view::npos;
}
bool IsValue(absl::string_view text) { return text.find_first_of("=!(), \t\n") == absl::string_view::npos; }

// Parts between the commas outside of brackets; nothing where brackets do not match.
std::optional<std::vector<absl::string_view>> SplitRequirements(absl::string_view text) {
  std::vector<absl::string_view> parts;
  size_t begin = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == ')') {
      if (inside == (text[i] == '(')) return std::nullopt;
      inside = !inside;
    } else if (text[i] == ',' && !inside) {
      parts.push_back(Strip(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  if (inside) return std::nullopt;
  parts.push_back(Strip(text.substr(begin)));
  return parts;
}

// "(a, b)"; nothing where it is no list of values.
std::optional<std::vector<std::string>> ParseValues(absl::string_view text) {
  text = Strip(text);
  if (!absl::ConsumePrefix(&text, "(") || !absl::ConsumeSuffix(&text, ")")) return std::nullopt;
  std::vector<std::string> values;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::string_view value = Strip(part);
    if (!IsValue(value)) return std::nullopt;
    values.emplace_back(value);
  }
  return values;
}

}  // namespace

std::optional<LabelSelector::Requirement> LabelSelector::ParseRequirement(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "!")) {
    if (!IsName(Strip(text))) return std::nullopt;
    return Requirement{std::string(Strip(text)), Operator::kDoesNotExist, {}};
  }
  if (const size_t equals = text.find('='); equals != absl::string_view::npos && !absl::StrContains(text, "(")) {
    absl::string_view name = text.substr(0, equals);
    absl::string_view value = text.substr(equals + 1);
    const bool negated = absl::ConsumeSuffix(&name, "!");
    if (!negated) absl::ConsumePrefix(&value, "=");
    name = Strip(name);
    value = Strip(value);
    if (!IsName(name) || !IsValue(value)) return std::nullopt;
    return Requirement{std::string(name), negated ? Operator::kNotIn : Operator::kIn, {std::string(value)}};
  }
  const size_t space = text.find_first_of(" \t(");
  const absl::string_view name = text.substr(0, space);
  if (!IsName(name)) return std::nullopt;
  if (space == absl::string_view::npos) return Requirement{std::string(name), Operator::kExists, {}};
  absl::string_view rest = Strip(text.substr(space));
  const bool negated = absl::ConsumePrefix(&rest, "notin");
  if (!negated && !absl::ConsumePrefix(&rest, "in")) return std::nullopt;
  std::optional<std::vector<std::string>> values = ParseValues(rest);
  if (!values.has_value()) return std::nullopt;
  return Requirement{std::string(name), negated ? Operator::kNotIn : Operator::kIn, *std::move(values)};
}

std::optional<LabelSelector> LabelSelector::Parse(absl::string_view text) {
  const std::optional<std::vector<absl::string_view>> parts = SplitRequirements(text);
  if (!parts.has_value() || parts->size() > kMaxRequirements) return std::nullopt;
  LabelSelector selector;
  for (const absl::string_view part : *parts) {
    std::optional<Requirement> requirement = ParseRequirement(part);
    if (!requirement.has_value()) return std::nullopt;
    selector.requirements_.push_back(*std::move(requirement));
  }
  return selector;
}

bool LabelSelector::Fits(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& requirement) {
    const auto label = labels.find(requirement.name);
    const bool there = label != labels.end();
    const auto listed = [&] {
      return std::find(requirement.values.begin(), requirement.values.end(), label->second) != requirement.values.end();
    };
    switch (requirement.op) {
      case Operator::kIn:
        return there && listed();
      case Operator::kNotIn:
        return !there || !listed();
      case Operator::kExists:
        return there;
      case Operator::kDoesNotExist:
        return !there;
    }
    return false;
  });
}

std::vector<LabelSelector::Wanted> LabelSelector::wanted() const {
  std::vector<Wanted> wanted;
  for (const Requirement& requirement : requirements_) {
    if (requirement.op == Operator::kIn || requirement.op == Operator::kExists)
      wanted.push_back({requirement.name, requirement.values});
  }
  return wanted;
}

}  // namespace headway
