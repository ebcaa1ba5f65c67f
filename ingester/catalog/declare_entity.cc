#include "ingester/catalog/declare_entity.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingester/catalog/entity_reference.h"
#include "ingester/catalog/repository_location.h"

namespace headway::catalog {
namespace {

using google::protobuf::RepeatedPtrField;
using References = std::set<std::string>;

constexpr size_t kMaxAnnotations = 200;
constexpr size_t kMaxText = 1024;
constexpr size_t kMaxName = 512;
constexpr size_t kMaxAbove = 100;
constexpr size_t kMaxGroups = 1000;

// What stands in a field of an entity, whose namespace it shares.
class Reader {
 public:
  explicit Reader(const Entity& entity)
      : name_space_(entity.name_space.empty() ? std::string("default") : entity.name_space) {}

  void Add(const std::string& text, absl::string_view kind, References* to) const {
    if (text.empty()) return;
    if (std::optional<std::string> ref = ParseReference(text, kind, name_space_)) to->insert(*std::move(ref));
  }

 private:
  const std::string name_space_;
};

struct Links {
  References owners, part_of, parents, member_of;
};

// Relations of other types say nothing that is used.
Links FromRelations(const Entity& entity) {
  Links links;
  const Reader read(entity);
  for (const auto& [type, target] : entity.relations) {
    if (type == "ownedBy") read.Add(target, "group", &links.owners);
    if (type == "partOf") read.Add(target, "", &links.part_of);
    if (type == "childOf") read.Add(target, "group", &links.parents);
    if (type == "memberOf") read.Add(target, "group", &links.member_of);
  }
  return links;
}

Links FromSpec(const Entity& entity) {
  Links links;
  const Reader read(entity);
  read.Add(entity.owner, "group", &links.owners);
  read.Add(entity.system, "system", &links.part_of);
  read.Add(entity.domain, "domain", &links.part_of);
  read.Add(entity.subdomain_of, "domain", &links.part_of);
  read.Add(entity.subcomponent_of, "component", &links.part_of);
  read.Add(entity.parent, "group", &links.parents);
  for (const std::string& group : entity.member_of) read.Add(group, "group", &links.member_of);
  return links;
}

bool IsPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Sorted, so that the same set is the same declaration.
void Fill(const References& from, size_t limit, RepeatedPtrField<std::string>* to) {
  for (const std::string& ref : from) {
    if (static_cast<size_t>(to->size()) == limit) return;
    *to->Add() = ref;
  }
}

void AddReference(const std::string& ref, size_t limit, RepeatedPtrField<std::string>* to) {
  References all(to->begin(), to->end());
  all.insert(ref);
  to->Clear();
  Fill(all, limit, to);
}

void FillAnnotations(const Entity& entity, v1::EntityDeclaration* declaration) {
  for (const auto& [name, value] : entity.annotations) {
    if (declaration->annotations().size() == kMaxAnnotations) return;
    if (KeepsAnnotation(name) && name.size() <= kMaxName && value.size() <= kMaxText && IsPrintable(name) &&
        value.find('\0') == std::string::npos)
      (*declaration->mutable_annotations())[name] = value;
  }
}

void FillAliases(const Entity& entity, absl::string_view kind, v1::EntityDeclaration* declaration) {
  const auto listed = entity.annotations.find("headway.dev/aliases");
  if (listed == entity.annotations.end()) return;
  References aliases;
  const Reader read(entity);
  for (const absl::string_view alias : absl::StrSplit(listed->second, ',', absl::SkipWhitespace()))
    read.Add(std::string(alias), kind, &aliases);
  aliases.erase(declaration->entity_ref());
  Fill(aliases, kMaxGroups, declaration->mutable_aliases());
}

}  // namespace

absl::StatusOr<v1::EntityDeclaration> DeclareEntity(const Entity& entity) {
  // What is written into these must not be read as more than the part that it is.
  const auto is_part = [](const std::string& text) { return text.find_first_of(":/") == std::string::npos; };
  const std::string name_space = entity.name_space.empty() ? "default" : entity.name_space;
  const std::optional<std::string> ref = is_part(entity.kind) && is_part(name_space) && is_part(entity.name)
                                             ? ParseReference(entity.name, entity.kind, name_space)
                                             : std::nullopt;
  if (!ref.has_value())
    return absl::InvalidArgumentError("kind, metadata.namespace and metadata.name do not make an entity's reference");
  v1::EntityDeclaration declaration;
  declaration.set_entity_ref(*ref);
  const Links links = entity.has_relations ? FromRelations(entity) : FromSpec(entity);
  Fill(links.member_of, kMaxGroups, declaration.mutable_member_of_refs());
  if (absl::EqualsIgnoreCase(entity.kind, "user")) return declaration;
  if (entity.title.size() <= kMaxText && entity.title.find('\0') == std::string::npos)
    declaration.set_title(entity.title);
  if (entity.type.size() <= kMaxName && IsPrintable(entity.type)) declaration.set_type(entity.type);
  if (!links.owners.empty()) declaration.set_owner_ref(*links.owners.begin());
  Fill(links.part_of, kMaxAbove, declaration.mutable_part_of_refs());
  Fill(links.parents, kMaxAbove, declaration.mutable_parent_refs());
  FillAnnotations(entity, &declaration);
  FillAliases(entity, entity.kind, &declaration);
  for (v1::EntityRepository& repository : RepositoriesOf(entity.annotations))
    *declaration.add_repositories() = std::move(repository);
  return declaration;
}

void LinkGroups(absl::Span<const Entity> entities, absl::Span<v1::EntityDeclaration* const> declarations) {
  absl::flat_hash_map<std::string, v1::EntityDeclaration*> by_ref;
  for (v1::EntityDeclaration* declaration : declarations) by_ref.emplace(declaration->entity_ref(), declaration);
  const auto link = [&by_ref](const References& targets, const std::string& group, size_t limit, auto field) {
    for (const std::string& target : targets) {
      const auto found = by_ref.find(target);
      if (found != by_ref.end()) AddReference(group, limit, field(found->second));
    }
  };
  for (size_t i = 0; i < entities.size(); ++i) {
    const Entity& entity = entities[i];
    if (entity.has_relations || !absl::EqualsIgnoreCase(entity.kind, "group")) continue;
    const Reader read(entity);
    References children, members;
    for (const std::string& child : entity.children) read.Add(child, "group", &children);
    for (const std::string& member : entity.members) read.Add(member, "user", &members);
    const std::string& group = declarations[i]->entity_ref();
    link(children, group, kMaxAbove, [](v1::EntityDeclaration* d) { return d->mutable_parent_refs(); });
    link(members, group, kMaxGroups, [](v1::EntityDeclaration* d) { return d->mutable_member_of_refs(); });
  }
}

v1::EntityDeclaration DeclareGone(const std::string& entity_ref) {
  v1::EntityDeclaration declaration;
  declaration.set_entity_ref(entity_ref);
  declaration.set_deleted(true);
  return declaration;
}

}  // namespace headway::catalog
