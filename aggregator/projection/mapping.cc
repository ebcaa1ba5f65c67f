#include "aggregator/projection/mapping.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "aggregator/projection/stream_pattern.h"

namespace headway {

Tier TierOfUsualName(absl::string_view name) {
  static constexpr std::pair<absl::string_view, Tier> kUsual[] = {
      {"prod", Tier::kProduction},     {"production", Tier::kProduction}, {"prd", Tier::kProduction},
      {"live", Tier::kProduction},     {"staging", Tier::kStaging},       {"stage", Tier::kStaging},
      {"stg", Tier::kStaging},         {"preprod", Tier::kStaging},       {"uat", Tier::kStaging},
      {"test", Tier::kTesting},        {"testing", Tier::kTesting},       {"qa", Tier::kTesting},
      {"ci", Tier::kTesting},          {"dev", Tier::kDevelopment},       {"development", Tier::kDevelopment},
      {"sandbox", Tier::kDevelopment}, {"local", Tier::kDevelopment},
  };
  for (const auto& [usual, tier] : kUsual) {
    if (absl::EqualsIgnoreCase(usual, name)) return tier;
  }
  return Tier::kNone;
}

EnvironmentRules::EnvironmentRules(absl::Span<const EnvironmentRuleFact> rules) {
  std::vector<const EnvironmentRuleFact*> selected;
  for (const EnvironmentRuleFact& rule : rules) {
    if (!rule.exists || rule.deleted) continue;
    if (rule.where.has_value()) {
      if (!rule.name.empty()) selected.push_back(&rule);
      continue;
    }
    Environment to{rule.name.empty() ? rule.match : rule.name, rule.tier};
    if (to.tier == Tier::kNone) to.tier = TierOfUsualName(to.name);
    const auto keep_least = [&](Rule& known, bool is_new) {
      if (is_new || rule.id < known.id) known = {rule.id, to};
    };
    auto [by_match, match_is_new] = by_match_.try_emplace(rule.match);
    keep_least(by_match->second, match_is_new);
    auto [by_name, name_is_new] = by_name_.try_emplace(to.name);
    keep_least(by_name->second, name_is_new);
  }
  std::sort(selected.begin(), selected.end(), [](const EnvironmentRuleFact* a, const EnvironmentRuleFact* b) {
    return std::tie(a->order, a->id) < std::tie(b->order, b->id);
  });
  for (const EnvironmentRuleFact* rule : selected) {
    selected_.push_back({rule->name, rule->tier == Tier::kNone ? TierOfUsualName(rule->name) : rule->tier});
  }
}

EnvironmentRules::Environment EnvironmentRules::Resolve(absl::string_view name) const {
  if (auto rule = by_match_.find(name); rule != by_match_.end()) return rule->second.to;
  return {std::string(name), TierOfUsualName(name)};
}

Tier EnvironmentRules::TierOf(absl::string_view name) const {
  for (const Environment& selected : selected_) {
    if (selected.name == name) return selected.tier;
  }
  if (const auto rule = by_name_.find(name); rule != by_name_.end()) return rule->second.to.tier;
  if (const Tier usual = TierOfUsualName(name); usual != Tier::kNone) return usual;
  for (const Environment& selected : selected_) {
    if (CouldGive(selected.name, name)) return selected.tier;
  }
  return Tier::kNone;
}

void EnvironmentRules::Apply(FoldedDeployment& deployment) const {
  Environment environment = Resolve(deployment.raw_environment);
  deployment.fact.environment = std::move(environment.name);
  deployment.fact.tier = environment.tier;
}

void EnvironmentRules::Apply(FoldedIncident& incident) const {
  if (incident.raw_environment.empty()) {
    incident.fact.environment.clear();
    incident.fact.tier = Tier::kProduction;
    return;
  }
  Environment environment = Resolve(incident.raw_environment);
  incident.fact.environment = std::move(environment.name);
  incident.fact.tier = environment.tier;
}

EntityAliases::EntityAliases(absl::Span<const EntityDeclarationFact> entities) {
  for (const EntityDeclarationFact& entity : entities) {
    if (!entity.exists || entity.deleted) continue;
    for (const std::string& alias : entity.aliases) {
      auto [known, is_new] = by_alias_.try_emplace(alias, entity.entity_ref);
      if (!is_new && entity.entity_ref < known->second) known->second = entity.entity_ref;
    }
  }
}

std::string EntityAliases::Resolve(absl::string_view normalised_ref) const {
  auto known = by_alias_.find(normalised_ref);
  return known != by_alias_.end() ? known->second : std::string(normalised_ref);
}

StreamMappings::StreamMappings(absl::Span<const StreamMappingFact> mappings) {
  for (const StreamMappingFact& mapping : mappings) {
    if (!mapping.exists || mapping.deleted) continue;
    by_stream_[{mapping.source, mapping.stream}].push_back({mapping.since, mapping.id, mapping.entity_ref});
  }
  for (auto& [stream, entries] : by_stream_) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return std::tie(a.since, a.id) < std::tie(b.since, b.id); });
  }
}

std::string StreamMappings::EntityOf(absl::string_view source, absl::string_view stream, absl::Time at) const {
  auto entries = by_stream_.find(std::make_pair(std::string(source), std::string(stream)));
  if (entries == by_stream_.end()) return "";
  for (auto entry = entries->second.rbegin(); entry != entries->second.rend(); ++entry) {
    if (entry->since <= at) return entry->entity_ref;
  }
  return "";
}

std::string EntityOf(const FoldedDeployment& deployment, const StreamMappings& mappings, const EntityAliases& aliases) {
  std::string ref = deployment.own_entity_ref;
  if (ref.empty()) ref = mappings.EntityOf(deployment.fact.source, deployment.fact.stream, deployment.mapped_at);
  return ref.empty() ? ref : aliases.Resolve(ref);
}

std::vector<std::string> EntitiesOf(const FoldedIncident& incident, const EntityAliases& aliases) {
  std::vector<std::string> entities;
  if (!incident.exists || !incident.merged_into.empty()) return entities;
  for (const std::string& ref : incident.affected_entity_refs) entities.push_back(aliases.Resolve(ref));
  std::sort(entities.begin(), entities.end());
  entities.erase(std::unique(entities.begin(), entities.end()), entities.end());
  return entities;
}

bool TouchesPaths(absl::Span<const std::string> prefixes, const std::optional<std::vector<std::string>>& paths) {
  if (prefixes.empty() || !paths.has_value()) return true;
  for (const std::string& path : *paths) {
    for (const std::string& prefix : prefixes) {
      if (absl::StartsWith(path, prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) return true;
    }
  }
  return false;
}

}  // namespace headway
