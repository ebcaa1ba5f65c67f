#include "services/configuration/rules.h"

#include <re2/re2.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/expression_options.h"
#include "aggregator/projection/validate.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

using GroupNames = std::set<std::string>;

// The tiers in the order of their numbers.
const std::vector<std::string>& TierNames() {
  static const auto& names = *new std::vector<std::string>{"none", "production", "staging", "testing", "development"};
  return names;
}

// A regular expression; the names of its groups are added.
std::string Expression(Section& section, absl::string_view name, GroupNames* groups) {
  const std::string text = section.Text(name);
  if (text.empty()) return text;
  const re2::RE2 expression(text, ExpressionOptions());
  if (!expression.ok()) {
    section.Fail(name, absl::StrCat("is no regular expression: ", expression.error()));
    return "";
  }
  for (const auto& [group, index] : expression.NamedCapturingGroups()) groups->insert(group);
  return text;
}

GroupNames ReadSelector(Section& section, v1::StreamSelector* where) {
  GroupNames groups;
  where->set_source(Expression(section, "source", &groups));
  where->set_stream(Expression(section, "stream", &groups));
  where->set_name(Expression(section, "name", &groups));
  where->set_namespace_(Expression(section, "namespace", &groups));
  where->set_destination_cluster(Expression(section, "destination_cluster", &groups));
  where->set_destination_namespace(Expression(section, "destination_namespace", &groups));
  where->set_project(Expression(section, "project", &groups));
  for (const auto& [label, value] : section.Pairs("labels")) (*where->mutable_labels())[label] = value;
  return groups;
}

// "${name}" must be a group of one of the expressions. Gives the text with an example in place of each.
std::string CheckTemplate(Section& section, absl::string_view name, const std::string& text, const GroupNames& groups) {
  std::string example;
  size_t at = 0;
  for (size_t begin; (begin = text.find("${", at)) != std::string::npos;) {
    const size_t end = text.find('}', begin);
    if (end == std::string::npos) {
      section.Fail(name, "has a \"${\" without its \"}\"");
      return "";
    }
    const std::string group = text.substr(begin + 2, end - begin - 2);
    if (!groups.contains(group)) {
      section.Fail(name, absl::StrCat("asks for \"${", group, "}\", and no expression of where has a group (?P<", group,
                                      ">...)"));
      return "";
    }
    absl::StrAppend(&example, text.substr(at, begin - at), "x");
    at = end + 1;
  }
  return example + text.substr(at);
}

void CheckId(Section& section, const std::string& id, std::set<std::string>* ids) {
  if (!id.empty() && !ids->insert(id).second)
    section.Fail("id", absl::StrCat("\"", id, "\" is the id of another rule above"));
}

// What the aggregator would refuse, at the field that it names (as it is called in the file).
void CheckAsIngested(Section& section, const v1::Observation& observation, absl::string_view kind,
                     const std::map<std::string, std::string>& file_names) {
  const std::optional<FieldError> error = Validate(observation);
  if (!error.has_value()) return;
  const std::string field(absl::StripPrefix(error->field, absl::StrCat(kind, ".")));
  const auto known = file_names.find(field);
  section.Fail(known == file_names.end() ? field.substr(0, field.find_first_of(".[")) : known->second, error->reason);
}

v1::Observation FromConfiguration() {
  v1::Observation observation;
  observation.set_source("configuration");
  return observation;
}

}  // namespace

void ReadMappingRule(Section& section, std::set<std::string>* ids, Configuration* configuration) {
  v1::Observation observation = FromConfiguration();
  v1::MappingRule& rule = *observation.mutable_mapping_rule();
  rule.set_id(section.RequiredText("id"));
  rule.set_order(static_cast<int64_t>(configuration->mapping_rules.size()));
  GroupNames groups;
  section.Inside("where", [&](Section& where) { groups = ReadSelector(where, rule.mutable_where()); });
  if (!section.Has("where")) section.Fail("where", "is required: which streams the rule is about");
  const std::string entity = section.RequiredText("entity");
  rule.set_entity_ref(entity);
  if (const auto since = section.Time("since")) *rule.mutable_since() = ToTimestamp(*since);
  CheckId(section, rule.id(), ids);
  if (!rule.id().empty() && !entity.empty()) {
    const std::string example = CheckTemplate(section, "entity", entity, groups);
    if (!example.empty() && !NormaliseEntityRef(example).has_value()) {
      section.Fail("entity", absl::StrCat("is \"", entity, "\", not a ref such as component:default/payments"));
    } else {
      CheckAsIngested(section, observation, "mapping_rule", {{"entity_ref", "entity"}});
    }
  }
  configuration->mapping_rules.push_back(std::move(rule));
}

void ReadEnvironmentRule(Section& section, std::set<std::string>* ids, Configuration* configuration) {
  v1::Observation observation = FromConfiguration();
  v1::EnvironmentRule& rule = *observation.mutable_environment_rule();
  rule.set_id(section.RequiredText("id"));
  rule.set_order(static_cast<int64_t>(configuration->environments.size()));
  rule.set_match(section.Text("match"));
  GroupNames groups;
  section.Inside("where", [&](Section& where) { groups = ReadSelector(where, rule.mutable_where()); });
  rule.set_name(section.Text("name"));
  if (section.Has("match") == section.Has("where")) {
    section.Fail(section.Has("match") ? "match" : "", section.Has("match")
                                                          ? "stands beside where: a rule has one of the two"
                                                          : "match (a name) or where (a selector) is required");
  }
  const int tier = section.OneOf("tier", TierNames(), -1);
  if (tier > 0) rule.set_tier(static_cast<v1::Tier>(tier));
  if (!section.Has("tier") && !section.Has("name"))
    section.Fail("", "changes nothing: name, tier or both are required");
  CheckId(section, rule.id(), ids);
  CheckTemplate(section, "name", rule.name(), groups);
  if (!rule.id().empty() && section.Has("match") != section.Has("where"))
    CheckAsIngested(section, observation, "environment_rule", {});
  configuration->environments.push_back(std::move(rule));
}

void ReadImageTagRule(Section& section, std::set<std::string>* ids, Configuration* configuration) {
  v1::Observation observation = FromConfiguration();
  v1::ImageTagRule& rule = *observation.mutable_image_tag_rule();
  rule.set_id(section.RequiredText("id"));
  rule.set_order(static_cast<int64_t>(configuration->image_tags.size()));
  GroupNames image_groups, tag_groups;
  rule.set_image(Expression(section, "image", &image_groups));
  const std::string tag = section.RequiredText("tag");
  rule.set_tag(Expression(section, "tag", &tag_groups));
  CheckId(section, rule.id(), ids);
  if (!tag.empty() && !rule.tag().empty() && !tag_groups.contains("commit")) {
    section.Fail("tag", "has no group \"commit\": write (?P<commit>[0-9a-f]{7,40}) where the tag holds the commit");
  } else if (!rule.id().empty() && !rule.tag().empty()) {
    CheckAsIngested(section, observation, "image_tag_rule", {});
  }
  configuration->image_tags.push_back(std::move(rule));
}

}  // namespace headway
