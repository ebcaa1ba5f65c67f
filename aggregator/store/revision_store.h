// What the search for a deployment's own commit looks up, and by what a deployment is found again when more is known. Within a transaction of Connection;
// throws what libpqxx throws. Cost follows what is asked and what changed.
#ifndef HEADWAY_AGGREGATOR_STORE_REVISION_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_REVISION_STORE_H_

#include <compare>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/manifest_images.h"
#include "aggregator/projection/resolve_revision.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Holds off reports for these names until the transaction ends (or, when exclusive, the search for them): a search that finds nothing and a report that finds
// nobody who searches must not pass each other unseen. After LockGraphs.
void LockArtefactNames(pqxx::transaction_base& tx, const std::vector<std::string>& names, bool exclusive);

// Adds what is found. Prefixes: under LockGraphs of their repositories; from here on EnqueueWhoseCommitsCame compares new commits with them.
void AnswerPrefixes(pqxx::transaction_base& tx, const std::vector<CommitPrefix>& prefixes, RevisionAnswers* answers);
// Lookup names, each with the time before which reports count first.
void AnswerReports(pqxx::transaction_base& tx, const std::vector<std::pair<std::string, absl::Time>>& asked,
                   RevisionAnswers* answers);

// What a deployment's revision depends on.
struct ImageUse {
  std::string entity_ref;
  ObjectKey deployment;
  std::string name;  // that artefacts are looked up by
  absl::Time started;

  bool operator<(const ImageUse& other) const {
    return std::tie(entity_ref, deployment, name, started) <
           std::tie(other.entity_ref, other.deployment, other.name, other.started);
  }
};
struct PrefixUse {
  std::string entity_ref;
  ObjectKey deployment;
  CommitPrefix prefix;
  auto operator<=>(const PrefixUse&) const = default;
};
struct ManifestUse {
  std::string entity_ref;
  ObjectKey deployment;
  ManifestPlace place;
  auto operator<=>(const ManifestUse&) const = default;
};
struct RevisionUses {
  std::set<ImageUse> images;
  std::set<PrefixUse> prefixes;
  std::set<ManifestUse> manifests;
};
// As stored, of these deployments (parallel arrays).
RevisionUses LoadUses(pqxx::transaction_base& tx, const std::vector<std::string>& entity_refs,
                      const std::vector<ObjectKey>& deployments);
// Writes the difference.
void WriteUses(pqxx::transaction_base& tx, const RevisionUses& before, const RevisionUses& after);

// Keeps what was reported, and enqueues the deployments for which it makes a difference.
void WriteArtefacts(pqxx::transaction_base& tx, const std::vector<ArtefactFact>& artefacts);

// Enqueues the deployments whose digits begin one of the commits that came. Under LockGraphs of the repositories, exclusively.
void EnqueueWhoseCommitsCame(pqxx::transaction_base& tx, const std::vector<std::string>& repositories);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_REVISION_STORE_H_
