#include "aggregator/projection/image_tags.h"

#include <re2/re2.h>

#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/expression_options.h"

namespace headway {
namespace {

constexpr size_t kLeastDigits = 7;
constexpr size_t kMostDigits = 64;
constexpr size_t kDigitsOfNoNumber = 12;

constexpr const char* kUsualForms[] = {
    "(?:[A-Za-z0-9_][A-Za-z0-9_.-]*[-.])?g?(?P<commit>[0-9a-f]{7,40})",
    "(?:[A-Za-z0-9_][A-Za-z0-9_.-]*[-.])?g?(?P<commit>[0-9a-f]{7,40})-[0-9]+",
};

std::unique_ptr<re2::RE2> Compile(const std::string& expression) {
  return std::make_unique<re2::RE2>(expression, ExpressionOptions());
}

bool IsHexadecimal(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(c); });
}

bool LooksLikeANumber(absl::string_view digits) {
  return digits.size() < kDigitsOfNoNumber &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return absl::ascii_isdigit(c); });
}

// The name may leave "docker.io/" out, which the rule may say.
bool NamesImage(const re2::RE2& expression, const std::string& repository) {
  return re2::RE2::FullMatch(repository, expression) ||
         re2::RE2::FullMatch(absl::StrCat("docker.io/", repository), expression);
}

// What the group took of the whole tag; empty where it does not fit.
std::string Take(const re2::RE2& expression, int group, const std::string& tag) {
  std::vector<re2::StringPiece> groups(group + 1);
  if (!expression.Match(tag, 0, tag.size(), re2::RE2::ANCHOR_BOTH, groups.data(), group + 1)) return "";
  const re2::StringPiece taken = groups[group];
  if (taken.size() < kLeastDigits || taken.size() > kMostDigits) return "";
  const absl::string_view digits(taken.data(), taken.size());
  return IsHexadecimal(digits) ? absl::AsciiStrToLower(digits) : "";
}

std::optional<TagCommit> UsualCommitOf(const std::string& tag) {
  static const std::vector<std::unique_ptr<re2::RE2>>* const forms = [] {
    auto* all = new std::vector<std::unique_ptr<re2::RE2>>();
    for (const char* form : kUsualForms) all->push_back(Compile(form));
    return all;
  }();
  for (const auto& form : *forms) {
    std::string digits = Take(*form, 1, tag);
    if (!digits.empty() && !LooksLikeANumber(digits)) return TagCommit{std::move(digits), ""};
  }
  return std::nullopt;
}

}  // namespace

ImageTagRules::ImageTagRules() = default;
ImageTagRules::~ImageTagRules() = default;

ImageTagRules::ImageTagRules(absl::Span<const ImageTagRuleFact> rules) {
  std::vector<const ImageTagRuleFact*> in_order;
  for (const ImageTagRuleFact& rule : rules) {
    if (!rule.deleted) in_order.push_back(&rule);
  }
  std::sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) {
    return std::tie(a->order, a->id, a->source) < std::tie(b->order, b->id, b->source);
  });
  for (const ImageTagRuleFact* fact : in_order) {
    Rule rule{fact->id, fact->image.empty() ? nullptr : Compile(fact->image), Compile(fact->tag), 0};
    if (!rule.tag->ok() || (rule.image != nullptr && !rule.image->ok())) continue;
    const auto& names = rule.tag->NamedCapturingGroups();
    const auto commit = names.find("commit");
    if (commit == names.end()) continue;
    rule.group = commit->second;
    rules_.push_back(std::move(rule));
  }
}

std::optional<TagCommit> ImageTagRules::CommitOf(const ImageName& image) const {
  if (image.tag.empty()) return std::nullopt;
  if (rules_.empty()) return UsualCommitOf(image.tag);
  for (const Rule& rule : rules_) {
    if (rule.image != nullptr && !NamesImage(*rule.image, image.repository)) continue;
    std::string digits = Take(*rule.tag, rule.group, image.tag);
    if (!digits.empty()) return TagCommit{std::move(digits), rule.id};
  }
  return std::nullopt;
}

}  // namespace headway
