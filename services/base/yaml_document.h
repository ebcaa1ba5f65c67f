// YAML from people or from outside as a plain tree that knows its lines. The only place that sees yaml-cpp and its exceptions.
#ifndef HEADWAY_SERVICES_BASE_YAML_DOCUMENT_H_
#define HEADWAY_SERVICES_BASE_YAML_DOCUMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway {

struct YamlField;

// A value. Which of the members below mean something follows from the kind.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 1;                   // from 1
  std::string scalar;             // as written, without quotes
  std::vector<YamlNode> items;    // of a list
  std::vector<YamlField> fields;  // of a map, in the order of the text; keys are unique

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  // The value of a key; null where this is no map or has no such key. "a.b" is a key, not a path.
  const YamlNode* Find(absl::string_view key) const;
};

// A key of a map and its value. No std::pair: that asks for a whole YamlNode where there is none yet.
struct YamlField {
  std::string key;
  YamlNode value;
};

// "a text", "a list", "a mapping", "nothing": for messages.
absl::string_view KindName(const YamlNode& node);

// What is refused, so that a small text cannot become a large tree (an alias counts as what it stands for).
struct YamlLimits {
  size_t bytes = 1 << 20;
  int depth = 64;
  size_t nodes = 200'000;
};

struct YamlFault {
  int line = 1;
  std::string reason;
};

// Parses all documents of the text; ones that hold nothing are left out. The fault says why nothing was parsed: no YAML, a limit, or a key that is there
// twice. Thread-safe.
std::optional<YamlFault> ParseYaml(absl::string_view text, const YamlLimits& limits, std::vector<YamlNode>* documents);

}  // namespace headway

#endif  // HEADWAY_SERVICES_BASE_YAML_DOCUMENT_H_
