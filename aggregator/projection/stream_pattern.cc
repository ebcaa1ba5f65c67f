#include "aggregator/projection/stream_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/expression_options.h"

namespace headway {
namespace {

// Calls for what stands before each "${name}" with the name, and at last for the rest with none.
template <typename Visit>
void VisitTemplate(absl::string_view text, Visit visit) {
  while (true) {
    const size_t begin = text.find("${");
    const size_t end = begin == absl::string_view::npos ? begin : text.find('}', begin);
    if (end == absl::string_view::npos) return visit(text, std::nullopt);
    visit(text.substr(0, begin), std::make_optional(text.substr(begin + 2, end - begin - 2)));
    text.remove_prefix(end + 1);
  }
}

}  // namespace

StreamPattern::StreamPattern(const StreamSelectorFact& selector) : labels_(selector.labels) {
  const auto add = [&](const std::string& expression, std::string StreamFact::*value) {
    if (expression.empty()) return;
    Field field{value, std::make_unique<re2::RE2>(expression, ExpressionOptions()), {}};
    if (!field.expression->ok()) broken_ = true;
    for (const auto& [number, name] : field.expression->CapturingGroupNames()) field.groups.emplace_back(number, name);
    fields_.push_back(std::move(field));
  };
  add(selector.source, &StreamFact::source);
  add(selector.stream, &StreamFact::stream);
  add(selector.name, &StreamFact::name);
  add(selector.namespace_, &StreamFact::namespace_);
  add(selector.destination_cluster, &StreamFact::destination_cluster);
  add(selector.destination_namespace, &StreamFact::destination_namespace);
  add(selector.project, &StreamFact::project);
}

StreamPattern::~StreamPattern() = default;
StreamPattern::StreamPattern(StreamPattern&&) noexcept = default;
StreamPattern& StreamPattern::operator=(StreamPattern&&) noexcept = default;

std::optional<Captures> StreamPattern::Match(const StreamFact& stream) const {
  if (broken_) return std::nullopt;
  for (const auto& [name, value] : labels_) {
    const auto label = stream.labels.find(name);
    if (label == stream.labels.end() || label->second != value) return std::nullopt;
  }
  Captures captures;
  for (const Field& field : fields_) {
    const std::string& value = stream.*field.value;
    std::vector<re2::StringPiece> taken(field.groups.empty() ? 0 : field.groups.back().first + 1);
    if (!field.expression->Match(value, 0, value.size(), re2::RE2::ANCHOR_BOTH, taken.data(),
                                 static_cast<int>(taken.size())))
      return std::nullopt;
    for (const auto& [number, name] : field.groups)
      captures.try_emplace(name, std::string(taken[number].data(), taken[number].size()));
  }
  return captures;
}

std::optional<std::string> Expand(absl::string_view text, const Captures& captures) {
  std::string expanded;
  bool known = true;
  VisitTemplate(text, [&](absl::string_view before, std::optional<absl::string_view> name) {
    absl::StrAppend(&expanded, before);
    if (!name.has_value()) return;
    const auto captured = captures.find(std::string(*name));
    if (captured == captures.end()) {
      known = false;
    } else {
      absl::StrAppend(&expanded, captured->second);
    }
  });
  if (!known) return std::nullopt;
  return expanded;
}

bool CouldGive(absl::string_view text, absl::string_view result) {
  bool could = true;
  bool is_first = true;
  VisitTemplate(text, [&](absl::string_view part, std::optional<absl::string_view> name) {
    if (!could) return;
    const bool is_last = !name.has_value();
    // The first part begins it, the last one ends it, and those between follow one another.
    const size_t at = is_first  ? (result.substr(0, part.size()) == part ? 0 : absl::string_view::npos)
                      : is_last ? (result.size() >= part.size() ? result.rfind(part) : absl::string_view::npos)
                                : result.find(part);
    could = at != absl::string_view::npos && (!is_last || at + part.size() == result.size());
    if (could) result.remove_prefix(at + part.size());
    is_first = false;
  });
  return could;
}

}  // namespace headway
