// Which tags are deployments.
#ifndef HEADWAY_INGESTER_GIT_RELEASE_TAGS_H_
#define HEADWAY_INGESTER_GIT_RELEASE_TAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ingester/git/git_repository.h"
#include "ingester/git/history.h"

namespace headway {

// "v*=prod": tags that match the glob are deployments to the environment. "*" does not go across "/".
struct TagPattern {
  std::string glob;
  std::string environment;
};

// INVALID_ARGUMENT: the text is not GLOB=ENVIRONMENT.
absl::StatusOr<TagPattern> ParseTagPattern(absl::string_view text);

// A tag that is a deployment.
struct ReleaseTag {
  std::string tag;
  std::string environment;
  History::Node commit = History::kNone;
  absl::Time at;           // when it was tagged, or, for a plain tag, when its commit was committed
  bool annotated = false;  // `at` is when it was tagged
};

// In order of time. Of several patterns the first that matches holds. Without patterns: semantic versions ("v1.2.3", "1.2.3") are
// deployments to `production`, pre-releases ("v1.2.3-rc.1") to "staging", and versions lower than the highest before them
// (backports) to "<production>-lts".
std::vector<ReleaseTag> FindReleaseTags(const History& history, const std::vector<GitRef>& refs,
                                        const std::vector<TagPattern>& patterns, const std::string& production);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_RELEASE_TAGS_H_
