#include "ingester/git/release_tags.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace headway {
namespace {

struct Version {
  std::array<int64_t, 3> core{};
  bool pre_release = false;
};

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.size() <= 15 && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

bool IsPreRelease(absl::string_view suffix) {
  for (absl::string_view start : {"rc", "alpha", "beta", "pre"}) {
    if (absl::StartsWith(absl::AsciiStrToLower(suffix), start)) return true;
  }
  return false;
}

// "v1.2.3-rc.1". What has build metadata ("v1.2.3+git") marks a state between releases.
std::optional<Version> ParseVersion(absl::string_view text) {
  absl::ConsumePrefix(&text, "v");
  Version version;
  const size_t dash = text.find('-');
  if (dash != absl::string_view::npos) {
    version.pre_release = IsPreRelease(text.substr(dash + 1));
    if (!version.pre_release) return std::nullopt;  // "1.2.3-release": another name of a version, or of something else
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text.substr(0, dash), '.');
  if (parts.size() != version.core.size()) return std::nullopt;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!IsNumber(parts[i]) || !absl::SimpleAtoi(parts[i], &version.core[i])) return std::nullopt;
  }
  return version;
}

// Gives environments by version. Must see tags in order of time.
class VersionRule {
 public:
  explicit VersionRule(std::string production) : production_(std::move(production)) {}

  std::string EnvironmentOf(const Version& version) {
    if (version.pre_release) return "staging";
    const bool backport = highest_.has_value() && version.core < *highest_;
    if (!backport) highest_ = version.core;
    return backport ? absl::StrCat(production_, "-lts") : production_;
  }

 private:
  const std::string production_;
  std::optional<std::array<int64_t, 3>> highest_;
};

struct TimedTag {
  ReleaseTag release;
  std::optional<Version> version;
};

std::string MatchPatterns(const std::string& tag, const std::vector<TagPattern>& patterns) {
  for (const TagPattern& pattern : patterns) {
    if (fnmatch(pattern.glob.c_str(), tag.c_str(), FNM_PATHNAME) == 0) return pattern.environment;
  }
  return "";
}

std::vector<TimedTag> TagsByTime(const History& history, const std::vector<GitRef>& refs) {
  std::vector<TimedTag> tags;
  for (const GitRef& ref : refs) {
    absl::string_view name = ref.name;
    const History::Node node = history.Find(ref.commit);
    if (!absl::ConsumePrefix(&name, "refs/tags/") || !history[node].present) continue;
    const absl::Time at = ref.tagged.value_or(history[node].committed);
    tags.push_back({{std::string(name), "", node, at, ref.tagged.has_value()}, ParseVersion(name)});
  }
  std::sort(tags.begin(), tags.end(), [](const TimedTag& a, const TimedTag& b) {
    const auto core = [](const TimedTag& tag) { return tag.version ? tag.version->core : std::array<int64_t, 3>{}; };
    return std::forward_as_tuple(a.release.at, core(a), a.release.tag) <
           std::forward_as_tuple(b.release.at, core(b), b.release.tag);
  });
  return tags;
}

}  // namespace

absl::StatusOr<TagPattern> ParseTagPattern(absl::string_view text) {
  const size_t equals = text.rfind('=');
  if (equals == absl::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no tag pattern; write GLOB=ENVIRONMENT, as in v*=prod"));
  }
  return TagPattern{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::vector<ReleaseTag> FindReleaseTags(const History& history, const std::vector<GitRef>& refs,
                                        const std::vector<TagPattern>& patterns, const std::string& production) {
  VersionRule rule(production);
  std::vector<ReleaseTag> releases;
  for (TimedTag& tag : TagsByTime(history, refs)) {
    if (!patterns.empty()) {
      tag.release.environment = MatchPatterns(tag.release.tag, patterns);
    } else if (tag.version) {
      tag.release.environment = rule.EnvironmentOf(*tag.version);
    }
    if (!tag.release.environment.empty()) releases.push_back(std::move(tag.release));
  }
  return releases;
}

}  // namespace headway
