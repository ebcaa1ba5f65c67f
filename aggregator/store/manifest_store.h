// The images that repositories of manifests name at their commits. Within a transaction of Connection; throws what libpqxx throws. A lookup costs a few steps
// (the logarithm of the commit's depth) for each candidate, of which there is one unless branches changed the folder beside one another.
#ifndef HEADWAY_AGGREGATOR_STORE_MANIFEST_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_MANIFEST_STORE_H_

#include <string>
#include <vector>

#include "aggregator/projection/manifest_images.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// Holds off what is told of these repositories until the transaction ends (or, when exclusive, who looks them up): one that finds nothing and one that finds
// nobody who looks must not pass each other unseen. Before LockGraphs.
void LockManifests(pqxx::transaction_base& tx, const std::vector<std::string>& repositories, bool exclusive);

// What is found of these places, under LockManifests of their repositories. A place that is not in the answer is not known, or names nothing.
ManifestAnswers FindManifests(pqxx::transaction_base& tx, const std::vector<ManifestPlace>& places);

// Keeps what the commits name, in place of what was kept of the same commits, and enqueues the deployments for which it may make a difference.
void WriteManifests(pqxx::transaction_base& tx, const std::vector<ManifestRevisionFact>& revisions);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_MANIFEST_STORE_H_
