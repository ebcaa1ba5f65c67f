#include "services/configuration/section.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/policy_text.h"

namespace headway {
namespace {

constexpr size_t kMaxText = 1024;
constexpr size_t kMaxItems = 10'000;

std::string Human(absl::Duration duration) {
  std::string text = absl::FormatDuration(duration);
  for (const absl::string_view zero : {"m0s", "h0m"}) {
    if (absl::string_view(text).size() > zero.size() &&
        text.compare(text.size() - zero.size(), zero.size(), zero.data()) == 0)
      text.resize(text.size() - 2);
  }
  return text;
}

}  // namespace

Section::Section(const YamlNode& node, std::string path, Faults* faults)
    : node_(node), path_(std::move(path)), faults_(faults) {
  if (!node.is_map() && !node.is_null())
    FailAt(node.line, path_, absl::StrCat("is ", KindName(node), ", not a mapping"));
}

std::string Section::PathOf(absl::string_view name) const {
  return absl::StrCat(path_, path_.empty() || name.empty() ? "" : ".", name);
}

void Section::FailAt(int line, const std::string& path, absl::string_view reason) { faults_->Add(line, path, reason); }

void Section::Fail(absl::string_view name, absl::string_view reason) { FailAt(LineOf(name), PathOf(name), reason); }

const YamlNode* Section::Ask(absl::string_view name) {
  asked_.emplace_back(name);
  const YamlNode* node = node_.Find(name);
  return node == nullptr || node->is_null() ? nullptr : node;
}

bool Section::Has(absl::string_view name) const {
  const YamlNode* node = node_.Find(name);
  return node != nullptr && !node->is_null();
}

int Section::LineOf(absl::string_view name) const {
  const YamlNode* node = node_.Find(name);
  return node == nullptr ? node_.line : node->line;
}

std::optional<std::string> Section::TextOf(const YamlNode& node, const std::string& path) {
  if (!node.is_scalar()) {
    FailAt(node.line, path, absl::StrCat("is ", KindName(node), ", not a text"));
  } else if (node.scalar.size() > kMaxText) {
    FailAt(node.line, path, absl::StrCat("is longer than ", kMaxText, " bytes"));
  } else if (std::any_of(node.scalar.begin(), node.scalar.end(),
                         [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    FailAt(node.line, path, "holds a control character");
  } else {
    return node.scalar;
  }
  return std::nullopt;
}

std::string Section::Text(absl::string_view name) {
  const YamlNode* node = Ask(name);
  return node == nullptr ? "" : TextOf(*node, PathOf(name)).value_or("");
}

std::string Section::RequiredText(absl::string_view name) {
  const YamlNode* node = Ask(name);
  if (node == nullptr || (node->is_scalar() && node->scalar.empty())) {
    Fail(name, "is required");
    return "";
  }
  return TextOf(*node, PathOf(name)).value_or("");
}

std::vector<std::string> Section::Texts(absl::string_view name) {
  std::vector<std::string> texts;
  const YamlNode* node = Ask(name);
  if (node == nullptr) return texts;
  if (!node->is_list()) {
    Fail(name, absl::StrCat("is ", KindName(*node), ", not a list of texts: [a, b]"));
    return texts;
  }
  for (size_t i = 0; i < node->items.size() && i < kMaxItems; ++i) {
    if (auto text = TextOf(node->items[i], absl::StrCat(PathOf(name), "[", i, "]"))) texts.push_back(*std::move(text));
  }
  return texts;
}

std::map<std::string, std::string> Section::Pairs(absl::string_view name) {
  std::map<std::string, std::string> pairs;
  const YamlNode* node = Ask(name);
  if (node == nullptr) return pairs;
  if (!node->is_map()) {
    Fail(name, absl::StrCat("is ", KindName(*node), ", not a mapping: {name: value}"));
    return pairs;
  }
  for (const auto& [key, value] : node->fields) {
    if (auto text = TextOf(value, absl::StrCat(PathOf(name), ".", key))) pairs[key] = *std::move(text);
  }
  return pairs;
}

int Section::Number(absl::string_view name, int otherwise, int least, int most) {
  const std::string text = Text(name);
  if (text.empty()) return otherwise;
  int number = 0;
  if (absl::SimpleAtoi(text, &number) && number >= least && number <= most) return number;
  Fail(name, absl::StrCat("is \"", text, "\", not a whole number from ", least, " to ", most));
  return otherwise;
}

absl::Duration Section::Duration(absl::string_view name, absl::Duration otherwise, absl::Duration least,
                                 absl::Duration most) {
  const std::string text = Text(name);
  if (text.empty()) return otherwise;
  const absl::StatusOr<absl::Duration> duration = ParseHumanDuration(text);
  if (duration.ok() && *duration >= least && *duration <= most) return *duration;
  Fail(name, absl::StrCat("is \"", text, "\", not a duration from ", Human(least), " to ", Human(most),
                          ", such as 90s, 5m or 24h"));
  return otherwise;
}

std::optional<absl::Time> Section::Time(absl::string_view name) {
  const std::string text = Text(name);
  if (text.empty()) return std::nullopt;
  absl::Time time;
  std::string error;
  // RFC 3339 asks for the offset; a day alone has none.
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
      absl::ParseTime("%E4Y-%m-%d", text, absl::UTCTimeZone(), &time, &error)) {
    return time;
  }
  Fail(name, absl::StrCat("is \"", text, "\", not a time such as 2026-01-31T12:00:00Z or a day such as 2026-01-31"));
  return std::nullopt;
}

int Section::OneOf(absl::string_view name, const std::vector<std::string>& values, int otherwise) {
  const std::string text = Text(name);
  if (text.empty()) return otherwise;
  const auto found = std::find(values.begin(), values.end(), text);
  if (found != values.end()) return static_cast<int>(found - values.begin());
  Fail(name, absl::StrCat("is \"", text, "\", not one of ", absl::StrJoin(values, ", ")));
  return otherwise;
}

void Section::Inside(absl::string_view name, const std::function<void(Section&)>& read) {
  const YamlNode* node = Ask(name);
  if (node == nullptr) return;
  Section inside(*node, PathOf(name), faults_);
  if (!node->is_map()) return;
  read(inside);
  inside.Finish();
}

void Section::Each(absl::string_view name, const std::function<void(Section&)>& read) {
  const YamlNode* node = Ask(name);
  if (node == nullptr) return;
  if (!node->is_list()) return Fail(name, absl::StrCat("is ", KindName(*node), ", not a list"));
  if (node->items.size() > kMaxItems) return Fail(name, absl::StrCat("has more than ", kMaxItems, " elements"));
  for (size_t i = 0; i < node->items.size(); ++i) {
    const std::string path = absl::StrCat(PathOf(name), "[", i, "]");
    if (node->items[i].is_null()) {
      FailAt(node->items[i].line, path, "is nothing, not a mapping");
      continue;
    }
    Section one(node->items[i], path, faults_);
    if (!node->items[i].is_map()) continue;
    read(one);
    one.Finish();
  }
}

void Section::Finish() {
  for (const auto& [name, value] : node_.fields) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    FailAt(value.line, PathOf(name), absl::StrCat("is no setting; there are ", absl::StrJoin(asked_, ", ")));
  }
}

}  // namespace headway
