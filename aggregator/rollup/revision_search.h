// Finds the own commits of a batch of deployments: asks what each depends on, looks all of it up with a few statements, and decides. Where nothing is to be
// looked up there is no statement. Throws what the store throws.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_REVISION_SEARCH_H_
#define HEADWAY_AGGREGATOR_ROLLUP_REVISION_SEARCH_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/resolve_revision.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/revision_store.h"

namespace headway {

class RevisionSearch {
 public:
  // All of it outlives the search. Entities are locked; rules are shared.
  RevisionSearch(pqxx::transaction_base& tx, const ImageTagRules& rules, const std::vector<LockedEntity>& entities);

  // The deployment was at this entity before, found by clues.
  void Knew(const std::string& entity_ref, const ObjectKey& deployment);
  // A deployment as folded, of one of the entities. Run completes its fact. True: what is found depends on what the entity has.
  bool Add(const std::string& entity_ref, FoldedDeployment* deployment);

  // before: what was kept to find the deployments again; after: what is to be kept.
  void Run(RevisionUses* before, RevisionUses* after) &&;

 private:
  struct Search {
    const RevisionOwner* owner;
    FoldedDeployment* deployment;
    std::vector<ManifestPlace> places;  // where its images would stand
    RevisionQuestion question;
  };

  const RevisionOwner& OwnerOf(const std::string& entity_ref);
  // Gives images to those whose source names none, and asks again by them.
  ManifestAnswers TakeManifestImages();
  RevisionAnswers LookUp();

  pqxx::transaction_base& tx_;
  const ImageTagRules& rules_;
  const std::vector<LockedEntity>& entities_;
  std::deque<RevisionOwner> owners_;  // does not move what it holds
  absl::flat_hash_map<std::string, const RevisionOwner*> owner_of_;
  std::vector<Search> searches_;
  std::vector<std::string> known_refs_;
  std::vector<ObjectKey> known_keys_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_REVISION_SEARCH_H_
