#include "ingester/catalog/yaml_entities.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/yaml_document.h"

namespace headway::catalog {
namespace {

// Reads the fields of one document; the first that has another form than it should ends it.
class Document {
 public:
  Document(const YamlNode& root, YamlEntities* out) : root_(root), out_(out) {}

  void Decode() {
    if (!root_.is_map()) return Fail(root_.line, "", absl::StrCat("is ", KindName(root_), ", not an entity"));
    const YamlNode* metadata = Map(root_, "metadata");
    const YamlNode* spec = Map(root_, "spec");
    Entity entity;
    entity.kind = Text(&root_, "kind", "kind");
    if (failed_) return;
    if (entity.kind.empty()) return Fail(root_.line, "kind", "is required");
    if (absl::EqualsIgnoreCase(entity.kind, "location")) return DecodeTargets(spec);
    if (!KeepsKind(entity.kind)) return;
    DecodeMetadata(metadata, &entity);
    DecodeSpec(spec, &entity);
    if (!failed_) out_->entities.push_back(std::move(entity));
  }

 private:
  void Fail(int line, absl::string_view path, absl::string_view reason) {
    if (!failed_) out_->faults.push_back({line, absl::StrCat(path, path.empty() ? "" : ": ", reason)});
    failed_ = true;
  }

  const YamlNode* Map(const YamlNode& in, absl::string_view name) {
    const YamlNode* node = in.Find(name);
    if (node == nullptr || node->is_null()) return nullptr;
    if (!node->is_map()) Fail(node->line, name, absl::StrCat("is ", KindName(*node), ", not a mapping"));
    return node;
  }

  std::string Text(const YamlNode* in, absl::string_view name, absl::string_view path) {
    const YamlNode* node = in == nullptr ? nullptr : in->Find(name);
    if (node == nullptr || node->is_null()) return "";
    if (node->is_scalar()) return node->scalar;
    Fail(node->line, path, absl::StrCat("is ", KindName(*node), ", not a text"));
    return "";
  }

  std::vector<std::string> Texts(const YamlNode* in, absl::string_view name, absl::string_view path) {
    std::vector<std::string> texts;
    const YamlNode* node = in == nullptr ? nullptr : in->Find(name);
    if (node == nullptr || node->is_null()) return texts;
    if (!node->is_list()) {
      Fail(node->line, path, absl::StrCat("is ", KindName(*node), ", not a list"));
      return texts;
    }
    for (const YamlNode& item : node->items) {
      if (!item.is_scalar()) Fail(item.line, path, absl::StrCat("holds ", KindName(item), ", not a text"));
      texts.push_back(item.scalar);
    }
    return texts;
  }

  void DecodeMetadata(const YamlNode* metadata, Entity* entity) {
    if (metadata == nullptr) return Fail(root_.line, "metadata", "is required");
    entity->name = Text(metadata, "name", "metadata.name");
    if (!failed_ && entity->name.empty()) Fail(metadata->line, "metadata.name", "is required");
    entity->name_space = Text(metadata, "namespace", "metadata.namespace");
    entity->title = Text(metadata, "title", "metadata.title");
    const YamlNode* annotations = metadata->Find("annotations");
    if (annotations == nullptr || annotations->is_null()) return;
    if (!annotations->is_map())
      return Fail(annotations->line, "metadata.annotations",
                  absl::StrCat("is ", KindName(*annotations), ", not a mapping"));
    for (const auto& [name, value] : annotations->fields) {
      if (!KeepsAnnotation(name) || value.is_null()) continue;
      if (!value.is_scalar())
        return Fail(value.line, absl::StrCat("metadata.annotations.", name),
                    absl::StrCat("is ", KindName(value), ", not a text"));
      entity->annotations[name] = value.scalar;
    }
  }

  void DecodeSpec(const YamlNode* spec, Entity* entity) {
    entity->type = Text(spec, "type", "spec.type");
    entity->owner = Text(spec, "owner", "spec.owner");
    entity->system = Text(spec, "system", "spec.system");
    entity->domain = Text(spec, "domain", "spec.domain");
    entity->subdomain_of = Text(spec, "subdomainOf", "spec.subdomainOf");
    entity->subcomponent_of = Text(spec, "subcomponentOf", "spec.subcomponentOf");
    entity->parent = Text(spec, "parent", "spec.parent");
    entity->children = Texts(spec, "children", "spec.children");
    entity->members = Texts(spec, "members", "spec.members");
    entity->member_of = Texts(spec, "memberOf", "spec.memberOf");
  }

  void DecodeTargets(const YamlNode* spec) {
    if (spec == nullptr || !spec->is_map()) return Fail(root_.line, "spec", "is required");
    const YamlNode* target = spec->Find("target");
    const YamlNode* targets = spec->Find("targets");
    const std::string one = Text(spec, "target", "spec.target");
    const std::vector<std::string> many = Texts(spec, "targets", "spec.targets");
    if (failed_) return;
    if (!one.empty()) out_->targets.push_back({target->line, one});
    for (size_t i = 0; i < many.size(); ++i) out_->targets.push_back({targets->items[i].line, many[i]});
  }

  const YamlNode& root_;
  YamlEntities* const out_;
  bool failed_ = false;
};

}  // namespace

YamlEntities DecodeYamlEntities(absl::string_view text) {
  YamlEntities out;
  std::vector<YamlNode> documents;
  if (const auto fault = ParseYaml(text, {}, &documents)) {
    out.faults.push_back({fault->line, fault->reason});
    return out;
  }
  for (const YamlNode& document : documents) Document(document, &out).Decode();
  return out;
}

}  // namespace headway::catalog
