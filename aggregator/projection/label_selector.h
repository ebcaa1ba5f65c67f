// Kubernetes label selectors: "app=payments,tier in (web, api),!canary". Pure, thread-safe once made.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_LABEL_SELECTOR_H_
#define HEADWAY_AGGREGATOR_PROJECTION_LABEL_SELECTOR_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregator/projection/stream_facts.h"

namespace headway {

class LabelSelector {
 public:
  // =, ==, !=, in, notin, a name alone, and "!" before a name; all must hold. Nothing where it is none: empty, unbalanced, more than 100 requirements.
  static std::optional<LabelSelector> Parse(absl::string_view text);

  // As Kubernetes: != and notin also fit what has no such label.
  bool Fits(const Labels& labels) const;

  // What a label must be for one requirement. values empty: there must be such a label.
  struct Wanted {
    std::string name;
    std::vector<std::string> values;  // one of them
    bool operator==(const Wanted&) const = default;
  };
  // The requirements that ask for a label, not against one.
  std::vector<Wanted> wanted() const;

 private:
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };
  struct Requirement {
    std::string name;
    Operator op;
    std::vector<std::string> values;
  };

  static std::optional<Requirement> ParseRequirement(absl::string_view text);

  std::vector<Requirement> requirements_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_LABEL_SELECTOR_H_
