#include "aggregator/projection/stream_resolver.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/claim_decision.h"
#include "aggregator/projection/entity_ref.h"

namespace headway {
namespace {

constexpr size_t kMaxRules = 1000;
constexpr size_t kMaxName = 512;

std::string TimeText(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()); }

// A span that begins where the one before it ends, unless it is of the same entity.
void Continue(StreamSpan span, std::vector<StreamSpan>* spans) {
  if (spans->empty() || spans->back().entity_ref != span.entity_ref) spans->push_back(std::move(span));
}

void HoldAlways(std::string entity_ref, MappedBy by, std::string because, StreamTarget* target) {
  target->spans = {{absl::InfinitePast(), std::move(entity_ref)}};
  target->mapped_by = by;
  target->because = std::move(because);
}

// From the first mapping on, mappings hold; of several at one time the greatest id.
void ApplyMappings(std::vector<const StreamMappingFact*> mappings, StreamTarget* target) {
  if (mappings.empty()) return;
  std::sort(mappings.begin(), mappings.end(), [](const StreamMappingFact* a, const StreamMappingFact* b) {
    return std::tie(a->since, a->id) < std::tie(b->since, b->id);
  });
  std::vector<StreamSpan> spans;
  for (const StreamSpan& span : target->spans) {
    if (span.since < mappings[0]->since) Continue(span, &spans);
  }
  for (size_t i = 0; i < mappings.size(); ++i) {
    const bool is_last_of_its_time = i + 1 == mappings.size() || mappings[i + 1]->since > mappings[i]->since;
    if (is_last_of_its_time) Continue({mappings[i]->since, mappings[i]->entity_ref}, &spans);
  }
  target->spans = std::move(spans);
  target->mapped_by = MappedBy::kMapping;
  target->because = absl::StrCat("mapping ", mappings.back()->id);
}

}  // namespace

std::string StreamTarget::EntityAt(absl::Time at) const {
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
    if (span->since <= at) return span->entity_ref;
  }
  return "";
}

void ApplyTarget(const StreamTarget& target, const EnvironmentRules& rules, FoldedDeployment* deployment) {
  if (target.not_counted) deployment->fact.effect = Effect::kNotCounted;
  if (!target.environment.has_value()) return rules.Apply(*deployment);
  DeploymentFact& fact = deployment->fact;
  fact.environment = target.environment->name.empty() ? deployment->raw_environment : target.environment->name;
  fact.tier = target.environment->tier;
  if (target.environment->name.empty() && fact.tier == Tier::kNone) fact.tier = TierOfUsualName(fact.environment);
}

std::string EntityOf(const FoldedDeployment& deployment, const StreamTarget& target, const EntityAliases& aliases) {
  const std::string ref =
      deployment.own_entity_ref.empty() ? target.EntityAt(deployment.mapped_at) : deployment.own_entity_ref;
  return ref.empty() ? ref : aliases.Resolve(ref);
}

StreamResolver::StreamResolver(std::vector<MappingRuleFact> mapping_rules,
                               std::vector<EnvironmentRuleFact> environment_rules) {
  std::erase_if(mapping_rules, [](const MappingRuleFact& rule) { return !rule.exists || rule.deleted; });
  std::sort(mapping_rules.begin(), mapping_rules.end(), [](const MappingRuleFact& a, const MappingRuleFact& b) {
    return std::tie(a.order, a.id, a.source) < std::tie(b.order, b.id, b.source);
  });
  std::erase_if(environment_rules, [](const EnvironmentRuleFact& rule) {
    return !rule.exists || rule.deleted || !rule.where.has_value();
  });
  std::sort(environment_rules.begin(), environment_rules.end(),
            [](const EnvironmentRuleFact& a, const EnvironmentRuleFact& b) {
              return std::tie(a.order, a.id) < std::tie(b.order, b.id);
            });
  for (size_t i = 0; i < mapping_rules.size() && i < kMaxRules; ++i) {
    StreamPattern pattern(mapping_rules[i].where);
    mapping_rules_.push_back({std::move(mapping_rules[i]), std::move(pattern)});
  }
  for (size_t i = 0; i < environment_rules.size() && i < kMaxRules; ++i) {
    StreamPattern pattern(*environment_rules[i].where);
    environment_rules_.push_back({std::move(environment_rules[i]), std::move(pattern)});
  }
}

std::optional<EnvironmentRules::Environment> StreamResolver::EnvironmentOf(const StreamFact& stream) const {
  for (const EnvironmentRule& rule : environment_rules_) {
    const std::optional<Captures> captures = rule.pattern.Match(stream);
    if (!captures.has_value()) continue;
    std::optional<std::string> name = Expand(rule.fact.name, *captures);
    if (!name.has_value() || name->size() > kMaxName) continue;
    // A name that is not known yet gives no tier yet.
    const bool usual = rule.fact.tier == Tier::kNone && !name->empty();
    const Tier tier = usual ? TierOfUsualName(*name) : rule.fact.tier;
    return EnvironmentRules::Environment{*std::move(name), tier};
  }
  return std::nullopt;
}

void StreamResolver::ApplyRules(const StreamFact& stream, StreamTarget* target) const {
  // Those that fit, best first: one that holds always ends the list, since nothing after it can.
  std::vector<std::pair<const MappingRuleFact*, std::string>> fitting;
  for (const MappingRule& rule : mapping_rules_) {
    const std::optional<Captures> captures = rule.pattern.Match(stream);
    if (!captures.has_value()) continue;
    const std::optional<std::string> ref = Expand(rule.fact.entity_ref, *captures);
    const std::optional<std::string> normalised = ref.has_value() ? NormaliseEntityRef(*ref) : std::nullopt;
    if (!normalised.has_value()) continue;
    fitting.emplace_back(&rule.fact, *normalised);
    if (rule.fact.since == absl::InfinitePast()) break;
  }
  if (fitting.empty()) return;
  // A rule holds from its time on until a better one begins.
  std::vector<absl::Time> times;
  for (const auto& [rule, ref] : fitting) times.push_back(rule->since);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  for (const absl::Time at : times) {
    const auto holds =
        std::find_if(fitting.begin(), fitting.end(), [&](const auto& one) { return one.first->since <= at; });
    Continue({at, holds->second}, &target->spans);
  }
  target->mapped_by = MappedBy::kRule;
  target->because = absl::StrCat("rule ", fitting[0].first->id);
}

StreamTarget StreamResolver::Resolve(const StreamFact& stream, absl::Span<const StreamMappingFact> mappings,
                                     absl::Span<const EntityClaims* const> claims) const {
  StreamTarget target;
  target.not_counted = stream.not_counted;
  target.environment = EnvironmentOf(stream);
  target.asks_rules = false;
  if (!stream.entity_ref.empty()) {
    HoldAlways(stream.entity_ref, MappedBy::kSource, "the source names it", &target);
    return target;
  }
  std::vector<const StreamMappingFact*> own;
  for (const StreamMappingFact& mapping : mappings) {
    const bool is_own = mapping.source == stream.source && mapping.stream == stream.stream;
    if (is_own && mapping.exists && !mapping.deleted) own.push_back(&mapping);
  }
  const bool mapped_always = std::any_of(
      own.begin(), own.end(), [](const StreamMappingFact* mapping) { return mapping->since == absl::InfinitePast(); });
  ClaimDecision claim;
  if (!mapped_always) {
    claim = DecideClaims(stream, claims);
    if (!claim.entity_ref.empty()) {
      HoldAlways(claim.entity_ref, claim.by, claim.because, &target);
    } else if (!claim.is_ambiguous) {
      target.asks_rules = true;
      ApplyRules(stream, &target);
    }
  }
  ApplyMappings(std::move(own), &target);
  const bool complete = !target.spans.empty() && target.spans[0].since == absl::InfinitePast();
  if (!complete) {
    target.reason = target.spans.empty() ? claim.reason
                                         : absl::StrCat("before ", TimeText(target.spans[0].since), ": ", claim.reason);
    target.next_step = claim.next_step;
  }
  return target;
}

}  // namespace headway
