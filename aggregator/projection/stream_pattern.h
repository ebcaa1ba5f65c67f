// A selector ready to be matched: its expressions compiled once. Thread-safe once made; time to match is linear in what is matched, memory is bounded.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_STREAM_PATTERN_H_
#define HEADWAY_AGGREGATOR_PROJECTION_STREAM_PATTERN_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregator/projection/stream_facts.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace headway {

// What named groups took.
using Captures = std::map<std::string, std::string>;

class StreamPattern {
 public:
  // One with an expression that does not compile fits nothing.
  explicit StreamPattern(const StreamSelectorFact& selector);
  ~StreamPattern();
  StreamPattern(StreamPattern&&) noexcept;
  StreamPattern& operator=(StreamPattern&&) noexcept;

  bool Fits(const StreamFact& stream) const { return Match(stream).has_value(); }
  // What the groups took where it fits. Of groups of one name that of the first expression holds, in the order of the selector's fields.
  std::optional<Captures> Match(const StreamFact& stream) const;

 private:
  struct Field {
    std::string StreamFact::*value;
    std::unique_ptr<re2::RE2> expression;
    std::vector<std::pair<int, std::string>> groups;  // by number
  };

  bool broken_ = false;
  std::vector<Field> fields_;
  Labels labels_;
};

// The template with each "${name}" replaced; nothing where a name has no group.
std::optional<std::string> Expand(absl::string_view text, const Captures& captures);
// Whether the template could give this text.
bool CouldGive(absl::string_view text, absl::string_view result);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_STREAM_PATTERN_H_
