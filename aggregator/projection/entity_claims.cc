#include "aggregator/projection/entity_claims.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace headway {
namespace {

std::vector<std::string> ListOf(const Labels& annotations, const char* name) {
  std::vector<std::string> list;
  const auto found = annotations.find(name);
  if (found == annotations.end()) return list;
  for (const absl::string_view part : absl::StrSplit(found->second, ',')) {
    const absl::string_view value = absl::StripAsciiWhitespace(part);
    if (!value.empty()) list.emplace_back(value);
  }
  return list;
}

bool MayClaim(absl::string_view entity_ref) {
  for (const char* kind : {"user:", "group:", "location:", "template:"}) {
    if (absl::StartsWith(entity_ref, kind)) return false;
  }
  return true;
}

std::string NameTerm(absl::string_view name) { return absl::StrCat("name ", name); }
std::string LabelTerm(absl::string_view name, absl::string_view value) {
  return absl::StrCat("label ", name, "=", value);
}
std::string LabelTerm(absl::string_view name) { return absl::StrCat("label ", name); }

void SortUnique(std::vector<std::string>* terms) {
  std::sort(terms->begin(), terms->end());
  terms->erase(std::unique(terms->begin(), terms->end()), terms->end());
}

// The requirement that finds the fewest streams, as far as can be said: one that names the entity, else the longest value, else any.
const LabelSelector::Wanted& MostTelling(const std::vector<LabelSelector::Wanted>& wanted,
                                         absl::string_view entity_ref) {
  const absl::string_view name = entity_ref.substr(entity_ref.rfind('/') + 1);
  const auto rank = [&](const LabelSelector::Wanted& one) {
    const std::string value = one.values.empty() ? "" : absl::AsciiStrToLower(one.values[0]);
    const bool single = one.values.size() == 1;
    return std::make_tuple(single && absl::StrContains(value, name), single, value.size());
  };
  return *std::max_element(wanted.begin(), wanted.end(),
                           [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace

bool IsArgoCd(absl::string_view source) { return source == "argocd" || absl::StartsWith(source, "argocd:"); }

EntityClaims ClaimsOf(const std::string& entity_ref, const Labels& annotations) {
  EntityClaims claims;
  claims.entity_ref = entity_ref;
  if (!MayClaim(entity_ref)) return claims;
  claims.app_names = ListOf(annotations, kAppName);
  claims.app_namespaces = ListOf(annotations, kAppNamespace);
  claims.instances = ListOf(annotations, kInstanceName);
  if (const auto found = annotations.find(kAppSelector); found != annotations.end()) {
    claims.selector = LabelSelector::Parse(found->second);
    if (claims.selector.has_value() && claims.selector->wanted().empty()) claims.selector.reset();
    claims.selector_text = found->second;
  }
  if (const auto found = annotations.find(kKubernetesId); found != annotations.end()) {
    claims.kubernetes_id = std::string(absl::StripAsciiWhitespace(found->second));
  }
  return claims;
}

std::vector<std::string> TermsOf(const EntityClaims& claims) {
  std::vector<std::string> terms;
  for (const std::string& name : claims.app_names) terms.push_back(NameTerm(name));
  if (claims.selector.has_value()) {
    const std::vector<LabelSelector::Wanted> wanted = claims.selector->wanted();
    const LabelSelector::Wanted& one = MostTelling(wanted, claims.entity_ref);
    if (one.values.empty()) terms.push_back(LabelTerm(one.name));
    for (const std::string& value : one.values) terms.push_back(LabelTerm(one.name, value));
  }
  if (!claims.kubernetes_id.empty()) terms.push_back(LabelTerm(kKubernetesId, claims.kubernetes_id));
  SortUnique(&terms);
  return terms;
}

std::vector<std::string> TermsOf(const StreamFact& stream) {
  std::vector<std::string> terms;
  if (IsArgoCd(stream.source) && !stream.name.empty()) terms.push_back(NameTerm(stream.name));
  for (const auto& [name, value] : stream.labels) {
    terms.push_back(LabelTerm(name));
    terms.push_back(LabelTerm(name, value));
  }
  SortUnique(&terms);
  return terms;
}

}  // namespace headway
