// Which commit the tag of an image names. Pure; built once, then read by any number of threads.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_IMAGE_TAGS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_IMAGE_TAGS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregator/projection/image_name.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace headway {

// As folded; see headway.v1.ImageTagRule.
struct ImageTagRuleFact {
  bool exists = false;
  std::string source;
  std::string id;
  int64_t order = 0;
  std::string image;  // empty: every image
  std::string tag;
  bool deleted = false;

  bool operator==(const ImageTagRuleFact&) const = default;
};

// What a tag says: the first 7 to 64 digits of a commit's id, in lower case.
struct TagCommit {
  std::string digits;
  std::string rule_id;  // empty: the usual form, no rule is configured

  bool operator==(const TagCommit&) const = default;
};

// The rules in their order. Without any the usual forms hold: 7 to 40 hexadecimal digits, alone or after a name and a dash ("sha-", "main-", "v1.2.0-g"),
// or before a dash and a running number; at least one letter among them or 12 of them, so that no date and no build number is taken for a commit.
class ImageTagRules {
 public:
  ImageTagRules();
  // Rules that are deleted, or whose expressions cannot be read, are passed over.
  explicit ImageTagRules(absl::Span<const ImageTagRuleFact> rules);
  ~ImageTagRules();
  ImageTagRules(const ImageTagRules&) = delete;

  // Nothing: the tag names no commit.
  std::optional<TagCommit> CommitOf(const ImageName& image) const;

 private:
  struct Rule {
    std::string id;
    std::unique_ptr<re2::RE2> image;  // null: every image
    std::unique_ptr<re2::RE2> tag;
    int group = 0;
  };
  std::vector<Rule> rules_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_IMAGE_TAGS_H_
