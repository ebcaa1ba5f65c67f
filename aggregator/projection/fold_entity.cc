// Declarations of entities; see fold.h.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/payload_winner.h"

namespace headway {
namespace {

using google::protobuf::RepeatedPtrField;

constexpr char kImageAnnotation[] = "headway.dev/image";

// One source is every catalog, so that one that is called otherwise does not leave what it said under its old name.
std::string SaidBy(const v1::Observation& observation) {
  return absl::StartsWith(observation.source(), "catalog:") ? "catalog" : observation.source();
}

// What each source says of the entity, without those that have withdrawn it: the catalog first, then who spoke last.
std::vector<const v1::EntityDeclaration*> Standing(const std::vector<ParsedPayload>& all) {
  std::map<std::string, std::vector<const ParsedPayload*>> by_source;
  for (const ParsedPayload& one : all) by_source[SaidBy(one.observation)].push_back(&one);
  const auto rank = [](const ParsedPayload* one) { return std::tuple(one->observation.entity().version(), one->hash); };
  std::vector<std::pair<bool, const ParsedPayload*>> last;
  for (const auto& [source, said] : by_source) {
    const ParsedPayload* const one =
        *std::max_element(said.begin(), said.end(), [&](auto* a, auto* b) { return rank(a) < rank(b); });
    if (!one->observation.entity().deleted()) last.emplace_back(source == "catalog", one);
  }
  std::sort(last.begin(), last.end(), [&](const auto& a, const auto& b) {
    return std::tuple(a.first, rank(a.second)) > std::tuple(b.first, rank(b.second));
  });
  std::vector<const v1::EntityDeclaration*> standing;
  for (const auto& [is_catalog, one] : last) standing.push_back(&one->observation.entity());
  return standing;
}

// "/services/a/" and "services/a" are the same prefix; one that names the root makes every path the entity's.
std::vector<std::string> Prefixes(const RepeatedPtrField<std::string>& list) {
  std::vector<std::string> prefixes;
  for (absl::string_view prefix : list) {
    while (absl::ConsumePrefix(&prefix, "./") || absl::ConsumePrefix(&prefix, "/")) {
    }
    while (absl::ConsumeSuffix(&prefix, "/")) {
    }
    if (prefix.empty() || prefix == ".") return {};
    prefixes.emplace_back(prefix);
  }
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  return prefixes;
}

using Places = std::map<std::string, std::optional<std::vector<std::string>>>;  // an empty list: all paths

Places PlacesOf(const v1::EntityDeclaration& entity) {
  Places places;
  for (const v1::EntityRepository& repository : entity.repositories()) {
    std::vector<std::string> prefixes = Prefixes(repository.path_prefixes());
    std::optional<std::vector<std::string>>& known = places[repository.repository()];
    if (!known.has_value() || prefixes.empty()) {
      known = std::move(prefixes);
    } else if (!known->empty()) {
      known->insert(known->end(), prefixes.begin(), prefixes.end());
      std::sort(known->begin(), known->end());
      known->erase(std::unique(known->begin(), known->end()), known->end());
    }
  }
  return places;
}

void AddRefs(const RepeatedPtrField<std::string>& list, std::vector<std::string>* to) {
  for (const std::string& ref : list) {
    if (std::optional<std::string> normal = NormaliseEntityRef(ref)) to->push_back(*std::move(normal));
  }
  std::sort(to->begin(), to->end());
  to->erase(std::unique(to->begin(), to->end()), to->end());
}

}  // namespace

EntityDeclarationFact FoldEntity(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kEntity);
  EntityDeclarationFact fact;
  if (all.empty()) return fact;
  fact.exists = true;
  fact.entity_ref = NormaliseEntityRef(all[0].observation.entity().entity_ref()).value_or("");
  const std::vector<const v1::EntityDeclaration*> standing = Standing(all);
  fact.deleted = standing.empty();
  Places places;
  // Where something can be said once only, it was said by the first.
  for (const v1::EntityDeclaration* one : standing) {
    places.merge(PlacesOf(*one));
    AddRefs(one->aliases(), &fact.aliases);
    AddRefs(one->part_of_refs(), &fact.part_of_refs);
    AddRefs(one->parent_refs(), &fact.parent_refs);
    AddRefs(one->member_of_refs(), &fact.member_of_refs);
    for (const auto& [name, value] : one->annotations()) fact.annotations.emplace(name, value);
    if (fact.title.empty()) fact.title = one->title();
    if (fact.owner_ref.empty()) fact.owner_ref = NormaliseEntityRef(one->owner_ref()).value_or("");
  }
  for (auto& [name, prefixes] : places) fact.repositories.push_back({name, *std::move(prefixes)});
  if (const auto image = fact.annotations.find(kImageAnnotation); image != fact.annotations.end())
    fact.image = image->second;
  return fact;
}

}  // namespace headway
