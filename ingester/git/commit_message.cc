#include "ingester/git/commit_message.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace headway {
namespace {

// The number at the beginning of text; 0: there is none that could be a number of a pull request.
int64_t LeadingNumber(absl::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  int64_t number = 0;
  if (digits == 0 || digits > 9 || !absl::SimpleAtoi(text.substr(0, digits), &number)) return 0;
  return number;
}

// "title (#12)" or, of GitLab, "title (!12)".
int64_t TrailingNumber(absl::string_view title) {
  title = absl::StripTrailingAsciiWhitespace(title);
  if (!absl::ConsumeSuffix(&title, ")")) return 0;
  const size_t open = title.rfind('(');
  if (open == absl::string_view::npos) return 0;
  absl::string_view inside = title.substr(open + 1);
  if (!absl::ConsumePrefix(&inside, "#") && !absl::ConsumePrefix(&inside, "!")) return 0;
  if (inside.find_first_not_of("0123456789") != absl::string_view::npos) return 0;
  return LeadingNumber(inside);
}

// All object ids that follow `phrase`.
std::vector<std::string> IdsAfter(absl::string_view message, absl::string_view phrase) {
  std::vector<std::string> ids;
  for (size_t at = message.find(phrase); at != absl::string_view::npos; at = message.find(phrase, at + 1)) {
    const absl::string_view rest = absl::StripLeadingAsciiWhitespace(message.substr(at + phrase.size()));
    const size_t digits = std::min(rest.find_first_not_of("0123456789abcdefABCDEF"), rest.size());
    const std::string id = absl::AsciiStrToLower(rest.substr(0, digits));
    if (digits >= 7 && digits <= 40 && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

// The first line after the title that is not empty.
absl::string_view BodyTitle(absl::string_view message) {
  const size_t end = message.find('\n');
  if (end == absl::string_view::npos) return "";
  const absl::string_view body = absl::StripLeadingAsciiWhitespace(message.substr(end));
  return body.substr(0, body.find('\n'));
}

// "owner/some/branch" -> "some/branch".
std::string WithoutOwner(absl::string_view branch) {
  const size_t slash = branch.find('/');
  return std::string(slash == absl::string_view::npos ? branch : branch.substr(slash + 1));
}

void ReadMerge(absl::string_view title, absl::string_view message, MessageFacts* facts) {
  absl::string_view rest = title;
  if (absl::ConsumePrefix(&rest, "Merge pull request #")) {  // GitHub
    facts->merged_number = LeadingNumber(rest);
    if (const size_t from = rest.find(" from "); from != absl::string_view::npos) {
      facts->head_branch = WithoutOwner(absl::StripTrailingAsciiWhitespace(rest.substr(from + 6)));
    }
  } else if (absl::ConsumePrefix(&rest, "Merged in ")) {  // Bitbucket: "Merged in branch (pull request #12)"
    if (const size_t at = rest.rfind(" (pull request #"); at != absl::string_view::npos) {
      facts->merged_number = LeadingNumber(rest.substr(at + 16));
      facts->head_branch = std::string(rest.substr(0, at));
    }
  } else if (absl::ConsumePrefix(&rest, "Merge branch '")) {  // GitLab names the number at the end of the message
    const size_t trailer = message.rfind("\nSee merge request ");
    const size_t mark = trailer == absl::string_view::npos ? trailer : message.find('!', trailer);
    if (mark == absl::string_view::npos) return;
    facts->merged_number = LeadingNumber(message.substr(mark + 1));
    facts->head_branch = std::string(rest.substr(0, rest.find('\'')));
  }
}

// The number that stands before the last one in the title.
int64_t BackportOf(absl::string_view title) {
  const absl::string_view before = title.substr(0, title.rfind('('));
  if (const int64_t number = TrailingNumber(before); number > 0) return number;
  constexpr absl::string_view kMark = "(cherry-pick #";
  const size_t mark = before.rfind(kMark);
  return mark == absl::string_view::npos ? 0 : LeadingNumber(before.substr(mark + kMark.size()));
}

std::vector<int64_t> RevertedNumbers(absl::string_view title, absl::string_view message, absl::string_view branch) {
  std::vector<int64_t> numbers;
  for (absl::string_view line : absl::StrSplit(message, '\n')) {
    // "Reverts owner/name#12": what GitHub's button writes.
    if (!absl::ConsumePrefix(&line, "Reverts ")) continue;
    const size_t mark = line.find('#');
    if (mark == absl::string_view::npos || line.substr(0, mark).find(' ') != absl::string_view::npos) continue;
    if (const int64_t number = LeadingNumber(line.substr(mark + 1)); number > 0) numbers.push_back(number);
  }
  // 'Revert "Some title (#12)" (#34)'.
  if (const size_t quote = title.rfind('"'); numbers.empty() && quote != absl::string_view::npos) {
    if (const int64_t number = TrailingNumber(title.substr(0, quote)); number > 0) numbers.push_back(number);
  }
  // The branch that GitHub's button makes.
  if (numbers.empty() && absl::ConsumePrefix(&branch, "revert-")) {
    if (const int64_t number = LeadingNumber(branch); number > 0) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

MessageFacts ReadCommitMessage(absl::string_view message) {
  MessageFacts facts;
  message = absl::StripLeadingAsciiWhitespace(message);
  absl::string_view title = message.substr(0, message.find('\n'));
  ReadMerge(title, message, &facts);
  if (facts.merged_number > 0) {
    title = BodyTitle(message);
  } else {
    facts.squashed_number = TrailingNumber(title);
  }
  // Also "fix(scope): Revert ...".
  facts.revert_title = absl::StartsWith(title, "Revert \"") || absl::StrContains(title, ": Revert \"");
  if (facts.squashed_number > 0 && !absl::StrContains(title, "Revert \"")) facts.backport_of = BackportOf(title);
  if (facts.revert_title) facts.reverts_numbers = RevertedNumbers(title, message, facts.head_branch);
  facts.reverts = IdsAfter(message, "This reverts commit");
  facts.cherry_picked_from = IdsAfter(message, "(cherry picked from commit");
  return facts;
}

}  // namespace headway
