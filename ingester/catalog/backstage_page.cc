#include "ingester/catalog/backstage_page.h"

#include <simdjson.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace headway::catalog {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kMaxErrorText = 200;

// Reads the fields of one entity; the first that has another form than it should ends it.
class Item {
 public:
  explicit Item(dom::object root) : root_(root) {}

  // Why it cannot be taken; empty: it can.
  const std::string& fault() const { return fault_; }

  Entity Decode() {
    Entity entity;
    entity.kind = Text(root_, "kind", "kind");
    if (!KeepsKind(entity.kind)) return entity;
    dom::object metadata;
    if (root_["metadata"].get(metadata) != simdjson::SUCCESS) return Fail("metadata: is no mapping", entity);
    entity.name = Text(metadata, "name", "metadata.name");
    entity.name_space = Text(metadata, "namespace", "metadata.namespace");
    if (!absl::EqualsIgnoreCase(entity.kind, "user")) {
      entity.title = Text(metadata, "title", "metadata.title");
      Annotations(metadata, &entity);
    }
    dom::object spec;
    if (root_["spec"].get(spec) == simdjson::SUCCESS) entity.type = Text(spec, "type", "spec.type");
    Relations(&entity);
    return entity;
  }

 private:
  Entity Fail(absl::string_view fault, const Entity& entity) {
    if (fault_.empty()) fault_ = std::string(fault);
    return entity;
  }

  std::string Text(dom::object in, std::string_view name, absl::string_view path) {
    dom::element found;
    if (in[name].get(found) != simdjson::SUCCESS || found.is_null()) return "";
    std::string_view text;
    if (found.get(text) != simdjson::SUCCESS) {
      if (fault_.empty()) fault_ = absl::StrCat(path, ": is no text");
      return "";
    }
    return std::string(text);
  }

  void Annotations(dom::object metadata, Entity* entity) {
    dom::object annotations;
    if (metadata["annotations"].get(annotations) != simdjson::SUCCESS) return;
    for (const dom::key_value_pair field : annotations) {
      const absl::string_view name(field.key.data(), field.key.size());
      std::string_view text;
      if (KeepsAnnotation(name) && field.value.get(text) == simdjson::SUCCESS)
        entity->annotations[std::string(name)] = std::string(text);
    }
  }

  // An answer without them would make every entity one that belongs nowhere.
  void Relations(Entity* entity) {
    dom::array relations;
    if (root_["relations"].get(relations) != simdjson::SUCCESS) {
      if (fault_.empty()) fault_ = "relations: is no list";
      return;
    }
    entity->has_relations = true;
    for (const dom::element one : relations) {
      dom::object relation;
      if (one.get(relation) != simdjson::SUCCESS) continue;
      entity->relations.emplace_back(Text(relation, "type", "relations.type"),
                                     Text(relation, "targetRef", "relations.targetRef"));
    }
  }

  const dom::object root_;
  std::string fault_;
};

absl::Status NoAnswer(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("the answer is no page of a catalog: ", reason));
}

}  // namespace

absl::string_view BackstageFields() {
  return "kind,metadata.namespace,metadata.name,metadata.title,metadata.annotations,spec.type,relations";
}

absl::StatusOr<BackstagePage> DecodeBackstagePage(absl::string_view body) {
  dom::parser parser;
  dom::element answer;
  if (const auto error = parser.parse(simdjson::padded_string(body.data(), body.size())).get(answer);
      error != simdjson::SUCCESS)
    return NoAnswer(simdjson::error_message(error));
  dom::array items;
  if (answer["items"].get(items) != simdjson::SUCCESS) return NoAnswer("items: is no list");
  BackstagePage page;
  size_t index = 0;
  for (const dom::element one : items) {
    dom::object object;
    const std::string place = absl::StrCat("items[", index++, "]");
    if (one.get(object) != simdjson::SUCCESS) return NoAnswer(absl::StrCat(place, ": is no mapping"));
    Item item(object);
    Entity entity = item.Decode();
    if (!item.fault().empty()) {
      page.faults.push_back(absl::StrCat(place, ".", item.fault()));
    } else if (KeepsKind(entity.kind)) {
      page.entities.push_back(std::move(entity));
    }
  }
  dom::object info;
  if (answer["pageInfo"].get(info) != simdjson::SUCCESS) return NoAnswer("pageInfo: is no mapping");
  dom::element cursor;
  if (info["nextCursor"].get(cursor) == simdjson::SUCCESS && !cursor.is_null()) {
    std::string_view text;
    if (cursor.get(text) != simdjson::SUCCESS) return NoAnswer("pageInfo.nextCursor: is no text");
    page.next_cursor = std::string(text);
  }
  return page;
}

std::string BackstageErrorMessage(absl::string_view body) {
  dom::parser parser;
  dom::element answer;
  std::string_view message;
  if (body.size() > (64 << 10) ||
      parser.parse(simdjson::padded_string(body.data(), body.size())).get(answer) != simdjson::SUCCESS ||
      answer["error"]["message"].get(message) != simdjson::SUCCESS)
    return "";
  std::string text;
  // ASCII only: a cut must not break a character.
  for (const char c : message.substr(0, kMaxErrorText)) text += c >= 0x20 && c < 0x7f ? c : '?';
  return text;
}

}  // namespace headway::catalog
