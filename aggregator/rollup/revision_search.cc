#include "aggregator/rollup/revision_search.h"

#include <algorithm>
#include <set>
#include <utility>

#include "aggregator/store/manifest_store.h"

namespace headway {

RevisionSearch::RevisionSearch(pqxx::transaction_base& tx, const ImageTagRules& rules,
                               const std::vector<LockedEntity>& entities)
    : tx_(tx), rules_(rules), entities_(entities) {}

void RevisionSearch::Knew(const std::string& entity_ref, const ObjectKey& deployment) {
  known_refs_.push_back(entity_ref);
  known_keys_.push_back(deployment);
}

bool RevisionSearch::Add(const std::string& entity_ref, FoldedDeployment* deployment) {
  // Most say themselves what they run, and leave nothing to ask.
  const DeploymentFact& fact = deployment->fact;
  if (!fact.source_revision.empty() && deployment->clues.synced.empty()) return false;
  const RevisionOwner& owner = OwnerOf(entity_ref);
  searches_.push_back({&owner, deployment, AskManifests(fact, deployment->clues, owner),
                       AskRevision(fact, deployment->clues, owner, rules_)});
  return searches_.back().question.depends_on_entity;
}

const RevisionOwner& RevisionSearch::OwnerOf(const std::string& entity_ref) {
  const auto [known, fresh] = owner_of_.try_emplace(entity_ref, nullptr);
  if (!fresh) return *known->second;
  RevisionOwner& owner = owners_.emplace_back();
  owner.entity_ref = entity_ref;
  const auto entity =
      std::lower_bound(entities_.begin(), entities_.end(), entity_ref,
                       [](const LockedEntity& e, const std::string& ref) { return e.entity_ref < ref; });
  owner.image = entity->image;
  for (const RepositoryInput& repository : entity->repositories) owner.repositories.push_back(repository.name);
  known->second = &owner;
  return owner;
}

ManifestAnswers RevisionSearch::TakeManifestImages() {
  std::set<ManifestPlace> places;
  std::set<std::string> repositories;
  for (const Search& search : searches_) {
    for (const ManifestPlace& place : search.places) {
      places.insert(place);
      repositories.insert(place.repository);
    }
  }
  LockManifests(tx_, {repositories.begin(), repositories.end()}, false);
  ManifestAnswers answers = FindManifests(tx_, {places.begin(), places.end()});
  if (answers.empty()) return answers;
  for (Search& search : searches_) {
    if (search.places.empty()) continue;
    DeploymentFact& fact = search.deployment->fact;
    TakeImages(search.places, answers, &fact);
    search.question = AskRevision(fact, search.deployment->clues, *search.owner, rules_);
  }
  return answers;
}

RevisionAnswers RevisionSearch::LookUp() {
  std::set<CommitPrefix> prefixes;
  std::set<std::string> repositories, names;
  std::set<std::pair<std::string, absl::Time>> asked;
  for (const Search& search : searches_) {
    prefixes.insert(search.question.prefixes.begin(), search.question.prefixes.end());
    for (const std::string& name : search.question.lookup_names) {
      names.insert(name);
      asked.emplace(name, search.question.started);
    }
  }
  // All graphs that this transaction will lock, at once: one by one two workers could wait for one another.
  if (!prefixes.empty()) {
    for (const LockedEntity& entity : entities_) {
      for (const RepositoryInput& repository : entity.repositories) repositories.insert(repository.name);
    }
  }
  LockGraphs(tx_, {repositories.begin(), repositories.end()}, false);
  LockArtefactNames(tx_, {names.begin(), names.end()}, false);
  RevisionAnswers answers;
  AnswerPrefixes(tx_, {prefixes.begin(), prefixes.end()}, &answers);
  AnswerReports(tx_, {asked.begin(), asked.end()}, &answers);
  return answers;
}

void RevisionSearch::Run(RevisionUses* before, RevisionUses* after) && {
  const ManifestAnswers manifests = TakeManifestImages();
  const RevisionAnswers answers = LookUp();
  for (const Search& search : searches_) {
    const DeploymentFact& fact = search.deployment->fact;
    for (const std::string& name : search.question.lookup_names)
      after->images.insert({search.owner->entity_ref, fact.key, name, search.question.started});
    for (const CommitPrefix& prefix : search.question.prefixes)
      after->prefixes.insert({search.owner->entity_ref, fact.key, prefix});
    for (const ManifestPlace& place : search.places)
      after->manifests.insert({search.owner->entity_ref, fact.key, place});
    ResolveRevision(search.question, answers, search.deployment->clues, *search.owner, &search.deployment->fact);
    SayWhereImagesStood(search.places, manifests, &search.deployment->fact);
  }
  *before = LoadUses(tx_, known_refs_, known_keys_);
}

}  // namespace headway
