#include "services/base/yaml_document.h"

#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <exception>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace headway {
namespace {

// Makes the tree; the first fault ends it.
class Conversion {
 public:
  explicit Conversion(const YamlLimits& limits) : limits_(limits) {}

  const std::optional<YamlFault>& fault() const { return fault_; }

  YamlNode Convert(const YAML::Node& from, int depth) {
    YamlNode node;
    node.line = from.Mark().line + 1;
    if (++nodes_ > limits_.nodes) Fail(node.line, absl::StrCat("there are more than ", limits_.nodes, " values"));
    if (depth > limits_.depth)
      Fail(node.line, absl::StrCat("values are nested deeper than ", limits_.depth, " levels"));
    if (fault_.has_value()) return node;
    if (from.IsScalar()) {
      node.kind = YamlNode::Kind::kScalar;
      node.scalar = from.Scalar();
    } else if (from.IsSequence()) {
      node.kind = YamlNode::Kind::kList;
      for (const YAML::Node& item : from) {
        node.items.push_back(Convert(item, depth + 1));
        if (fault_.has_value()) break;
      }
    } else if (from.IsMap()) {
      node.kind = YamlNode::Kind::kMap;
      ConvertFields(from, depth, &node);
    }
    return node;
  }

 private:
  void Fail(int line, std::string reason) {
    if (!fault_.has_value()) fault_ = YamlFault{line, std::move(reason)};
  }

  void ConvertFields(const YAML::Node& from, int depth, YamlNode* node) {
    absl::flat_hash_set<std::string> seen;
    for (const auto& field : from) {
      const int line = field.first.Mark().line + 1;
      if (!field.first.IsScalar()) return Fail(line, "a key is no text");
      if (!seen.insert(field.first.Scalar()).second)
        return Fail(line, absl::StrCat("the key \"", field.first.Scalar(), "\" is there twice"));
      YamlNode value = Convert(field.second, depth + 1);
      // What is nothing, and what is only an alias, has no place of its own.
      if (value.is_null()) value.line = line;
      node->fields.push_back({field.first.Scalar(), std::move(value)});
      if (fault_.has_value()) return;
    }
  }

  const YamlLimits& limits_;
  size_t nodes_ = 0;
  std::optional<YamlFault> fault_;
};

// Notes where each document begins, and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  // The line where the parser comes no further, although the text has not ended: there YAML::LoadAll finds one empty document after the other, without end.
  static std::optional<int> StuckAt(const std::string& text) {
    std::istringstream input(text);
    YAML::Parser parser(input);
    DocumentStarts starts;
    for (int last = -1; parser.HandleNextDocument(starts); last = starts.start_.pos) {
      if (starts.start_.pos <= last) return starts.start_.line + 1;
    }
    return std::nullopt;
  }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark start_;
};

}  // namespace

const YamlNode* YamlNode::Find(absl::string_view key) const {
  for (const auto& [name, value] : fields) {
    if (name == key) return &value;
  }
  return nullptr;
}

absl::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kScalar:
      return "a text";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
    case YamlNode::Kind::kNull:
      break;
  }
  return "nothing";
}

std::optional<YamlFault> ParseYaml(absl::string_view text, const YamlLimits& limits, std::vector<YamlNode>* documents) {
  if (text.size() > limits.bytes) return YamlFault{1, absl::StrCat("is larger than ", limits.bytes, " bytes")};
  // yaml-cpp takes a zero byte for the end.
  if (text.find('\0') != absl::string_view::npos) return YamlFault{1, "holds a zero byte"};
  if (!simdjson::validate_utf8(text.data(), text.size())) return YamlFault{1, "is no UTF-8"};
  Conversion conversion(limits);
  std::vector<YamlNode> found;
  try {
    const std::string copy(text);
    if (const std::optional<int> line = DocumentStarts::StuckAt(copy); line.has_value())
      return YamlFault{*line, "is no YAML: cannot be understood from here on"};
    for (const YAML::Node& document : YAML::LoadAll(copy)) {
      if (!document.IsDefined() || document.IsNull()) continue;
      found.push_back(conversion.Convert(document, 1));
      if (conversion.fault().has_value()) return conversion.fault();
    }
  } catch (const YAML::Exception& e) {
    return YamlFault{e.mark.is_null() ? 1 : e.mark.line + 1, absl::StrCat("is no YAML: ", e.msg)};
  } catch (const std::exception& e) {
    return YamlFault{1, absl::StrCat("is no YAML: ", e.what())};
  }
  for (YamlNode& document : found) documents->push_back(std::move(document));
  return std::nullopt;
}

}  // namespace headway
