// Checks of what catalog and rules say.
#include <re2/re2.h>

#include "aggregator/projection/expression_options.h"
#include "aggregator/projection/field_checker.h"
#include "aggregator/projection/validate_mapping.h"

namespace headway {
namespace {

// An expression of a selector; empty: not set.
void CheckExpression(absl::string_view field, const std::string& expression, FieldChecker& check) {
  if (expression.empty()) return;
  check.Name(field, expression, kText);
  const re2::RE2 compiled(expression, ExpressionOptions());
  if (!compiled.ok()) check.Fail(field, absl::StrCat("is no regular expression: ", compiled.error()));
}

void CheckSelector(const v1::StreamSelector& where, FieldChecker& check) {
  CheckExpression("where.source", where.source(), check);
  CheckExpression("where.stream", where.stream(), check);
  CheckExpression("where.name", where.name(), check);
  CheckExpression("where.namespace", where.namespace_(), check);
  CheckExpression("where.destination_cluster", where.destination_cluster(), check);
  CheckExpression("where.destination_namespace", where.destination_namespace(), check);
  CheckExpression("where.project", where.project(), check);
  check.Pairs("where.labels", where.labels(), 100, kText);
}

}  // namespace

void CheckEntity(const v1::EntityDeclaration& entity, FieldChecker& check) {
  check.EntityRef("entity_ref", entity.entity_ref());
  check.Each("repositories", entity.repositories(), kMany,
             [&](FieldChecker::ElementName name, const v1::EntityRepository& repository) {
               FieldChecker one("");
               one.Name("repository", repository.repository());
               one.Names("path_prefixes", repository.path_prefixes(), kMany, kPath);
               if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
             });
  check.EntityRefs("aliases", entity.aliases(), kMany);
  check.Text("title", entity.title());
  check.OptionalName("type", entity.type());
  if (!entity.owner_ref().empty()) check.EntityRef("owner_ref", entity.owner_ref());
  check.EntityRefs("part_of_refs", entity.part_of_refs(), 100);
  check.EntityRefs("parent_refs", entity.parent_refs(), 100);
  check.EntityRefs("member_of_refs", entity.member_of_refs(), kMany);
  check.Pairs("annotations", entity.annotations(), 200, kText);
}

void CheckStream(const v1::StreamDeclaration& stream, FieldChecker& check) {
  check.Name("stream", stream.stream());
  check.Name("name", stream.name());
  check.OptionalName("namespace", stream.namespace_());
  check.OptionalName("instance", stream.instance());
  if (!stream.entity_ref().empty()) check.EntityRef("entity_ref", stream.entity_ref());
  check.Pairs("labels", stream.labels(), 200, kText);
  check.OptionalName("destination_cluster", stream.destination_cluster());
  check.OptionalName("destination_namespace", stream.destination_namespace());
  check.OptionalName("project", stream.project());
  check.Names("repositories", stream.repositories(), 100, kName);
}

void CheckMappingRule(const v1::MappingRule& rule, FieldChecker& check) {
  check.Name("id", rule.id());
  CheckSelector(rule.where(), check);
  check.Name("entity_ref", rule.entity_ref(), kName, !rule.deleted());
  check.Time("since", rule.has_since(), rule.since());
}

void CheckImageTagRule(const v1::ImageTagRule& rule, FieldChecker& check) {
  check.Name("id", rule.id());
  CheckExpression("image", rule.image(), check);
  check.Name("tag", rule.tag(), kText, !rule.deleted());
  if (rule.tag().empty()) return;
  CheckExpression("tag", rule.tag(), check);
  const re2::RE2 compiled(rule.tag(), ExpressionOptions());
  if (compiled.ok() && compiled.NamedCapturingGroups().count("commit") == 0)
    check.Fail("tag", "has no group \"commit\"");
}

void CheckStreamMapping(const v1::StreamMapping& mapping, FieldChecker& check) {
  check.Name("id", mapping.id());
  check.Name("stream", mapping.stream());
  if (!mapping.deleted() || !mapping.entity_ref().empty()) check.EntityRef("entity_ref", mapping.entity_ref());
  check.Time("since", mapping.has_since(), mapping.since());
}

void CheckEnvironmentRule(const v1::EnvironmentRule& rule, FieldChecker& check) {
  check.Name("id", rule.id());
  check.Name("match", rule.match(), kName, !rule.has_where() && !rule.deleted());
  if (rule.has_where()) CheckSelector(rule.where(), check);
  check.OptionalName("name", rule.name());
  check.Known("tier", v1::Tier_IsValid(rule.tier()));
}

}  // namespace headway
