#include "aggregator/projection/claim_decision.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway {
namespace {

using Claims = std::vector<const EntityClaims*>;

bool Holds(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Whether the claim is about the namespace and the instance of the stream.
bool IsAbout(const EntityClaims& claims, const StreamFact& stream) {
  return (claims.app_namespaces.empty() || Holds(claims.app_namespaces, stream.namespace_)) &&
         (claims.instances.empty() || Holds(claims.instances, stream.instance));
}

bool NamesIt(MappedBy by, const EntityClaims& claims, const StreamFact& stream) {
  switch (by) {
    case MappedBy::kName:
      return IsArgoCd(stream.source) && Holds(claims.app_names, stream.name);
    case MappedBy::kSelector:
      return IsArgoCd(stream.source) && claims.selector.has_value() && claims.selector->Fits(stream.labels);
    case MappedBy::kKubernetes: {
      const auto label = stream.labels.find(kKubernetesId);
      return label != stream.labels.end() && !label->second.empty() && label->second == claims.kubernetes_id;
    }
    default:
      return false;
  }
}

bool Fits(MappedBy by, const EntityClaims& claims, const StreamFact& stream) {
  return NamesIt(by, claims, stream) && (by == MappedBy::kKubernetes || IsAbout(claims, stream));
}

// The annotation by which it is claimed, as a person would write it.
std::string Annotation(MappedBy by, const EntityClaims& claims, const StreamFact& stream) {
  if (by == MappedBy::kName) return absl::StrCat(kAppName, ": ", stream.name);
  if (by == MappedBy::kSelector) return absl::StrCat(kAppSelector, ": ", claims.selector_text);
  return absl::StrCat(kKubernetesId, ": ", claims.kubernetes_id);
}

// "a, b and 3 more".
std::string Names(const Claims& claims) {
  constexpr size_t kNamed = 3;
  std::vector<std::string> names;
  for (size_t i = 0; i < claims.size() && i < kNamed; ++i) names.push_back(claims[i]->entity_ref);
  if (claims.size() > kNamed) return absl::StrCat(absl::StrJoin(names, ", "), " and ", claims.size() - kNamed, " more");
  const std::string last = names.back();
  names.pop_back();
  return names.empty() ? last : absl::StrCat(absl::StrJoin(names, ", "), " and ", last);
}

int Narrowness(const EntityClaims& claims) { return !claims.app_namespaces.empty() + !claims.instances.empty(); }

// Those with the best right.
Claims Best(MappedBy by, Claims claims) {
  if (by != MappedBy::kKubernetes) {
    int narrowest = 0;
    for (const EntityClaims* one : claims) narrowest = std::max(narrowest, Narrowness(*one));
    std::erase_if(claims, [&](const EntityClaims* one) { return Narrowness(*one) < narrowest; });
  }
  const auto is_component = [](const EntityClaims* one) { return absl::StartsWith(one->entity_ref, "component:"); };
  if (std::any_of(claims.begin(), claims.end(), is_component)) {
    std::erase_if(claims, [&](const EntityClaims* one) { return !is_component(one); });
  }
  return claims;
}

ClaimDecision Decide(MappedBy by, const StreamFact& stream, const Claims& fitting) {
  const Claims best = Best(by, fitting);
  ClaimDecision decision;
  const std::string annotation = Annotation(by, *best[0], stream);
  if (best.size() == 1) {
    decision.entity_ref = best[0]->entity_ref;
    decision.by = by;
    decision.because = absl::StrCat("annotation ", annotation);
    if (fitting.size() > 1) {
      Claims others = fitting;
      std::erase(others, best[0]);
      absl::StrAppend(&decision.because, "; also claimed by ", Names(others), ", with less right");
    }
    return decision;
  }
  decision.is_ambiguous = true;
  decision.reason = by == MappedBy::kSelector ? absl::StrCat(kAppSelector, " of ", Names(best), " fits it")
                                              : absl::StrCat(Names(best), " carry ", annotation);
  decision.next_step =
      by == MappedBy::kKubernetes
          ? "leave the annotation on one of them, or let the source name the entity"
          : absl::StrCat("leave the annotation on one of them, or tell them apart with ", kAppNamespace, " or ",
                         kInstanceName, ", or put the annotation headway.dev/entity-ref on the Application");
  return decision;
}

// Why none claims it: another namespace, another instance, or nobody at all.
ClaimDecision Nobody(const StreamFact& stream, const Claims& claims) {
  ClaimDecision none;
  if (!IsArgoCd(stream.source) || stream.name.empty()) {
    none.reason = "its deployments name no entity, no mapping is about it and no rule fits";
    none.next_step = absl::StrCat("let the source name the entity (entity_ref), or add a rule for stream ",
                                  stream.stream, " of ", stream.source, " to section mapping of the configuration");
    return none;
  }
  for (const EntityClaims* one : claims) {
    for (const MappedBy by : {MappedBy::kName, MappedBy::kSelector}) {
      if (!NamesIt(by, *one, stream)) continue;
      const bool other_namespace = !one->app_namespaces.empty() && !Holds(one->app_namespaces, stream.namespace_);
      none.reason =
          absl::StrCat(one->entity_ref, " carries ", Annotation(by, *one, stream), ", but ",
                       other_namespace ? absl::StrCat(kAppNamespace, ": ", absl::StrJoin(one->app_namespaces, ","),
                                                      " where the Application is in namespace ", stream.namespace_)
                                       : absl::StrCat(kInstanceName, ": ", absl::StrJoin(one->instances, ","),
                                                      " where the instance is called ", stream.instance));
      none.next_step = absl::StrCat("correct the annotation ", other_namespace ? kAppNamespace : kInstanceName, " of ",
                                    one->entity_ref);
      return none;
    }
  }
  none.reason = absl::StrCat("no entity carries ", kAppName, ": ", stream.name, " and no rule fits");
  none.next_step =
      absl::StrCat("add the annotation ", kAppName, ": ", stream.name, " to the entity in its catalog-info.yaml");
  return none;
}

}  // namespace

ClaimDecision DecideClaims(const StreamFact& stream, absl::Span<const EntityClaims* const> claims) {
  Claims sorted(claims.begin(), claims.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const EntityClaims* a, const EntityClaims* b) { return a->entity_ref < b->entity_ref; });
  for (const MappedBy by : {MappedBy::kName, MappedBy::kSelector, MappedBy::kKubernetes}) {
    Claims fitting;
    for (const EntityClaims* one : sorted) {
      if (Fits(by, *one, stream)) fitting.push_back(one);
    }
    if (!fitting.empty()) return Decide(by, stream, fitting);
  }
  return Nobody(stream, sorted);
}

}  // namespace headway
