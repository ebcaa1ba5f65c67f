// The images of a deployment whose source names none, from the manifests that were synced. Pure: the same deployment, entity and manifests give the same
// answer. What is to be looked up is asked first, as in resolve_revision.h, whose question follows from what is found here.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_MANIFEST_IMAGES_H_
#define HEADWAY_AGGREGATOR_PROJECTION_MANIFEST_IMAGES_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/resolve_revision.h"

namespace headway {

// See headway.v1.ManifestFolder.
struct ManifestFolderFact {
  std::string path;
  std::vector<std::string> images;  // sorted, unique
  std::string problem;
  auto operator<=>(const ManifestFolderFact&) const = default;
};

// As folded; see headway.v1.ManifestRevision.
struct ManifestRevisionFact {
  bool exists = false;     // something was observed
  bool withdrawn = false;  // nothing of it holds but its name
  std::string repository;
  std::string revision;
  int64_t depth = 0;
  std::string parent;
  std::string skip;
  int64_t skip_depth = 0;
  std::vector<ManifestFolderFact> folders;  // sorted by path, unique
  bool operator==(const ManifestRevisionFact&) const = default;
};
ManifestRevisionFact FoldManifestRevision(absl::Span<const std::string> payloads);

// Longer folders are not told: repository and path are part of keys, which an index holds up to some 2,700 bytes.
inline constexpr size_t kManifestPathBytes = 1'024;

// A folder at a commit.
struct ManifestPlace {
  std::string repository;
  std::string revision;
  std::string path;  // without slashes and "." at the ends; empty: the root
  auto operator<=>(const ManifestPlace&) const = default;
};

// What its manifests name there.
struct ManifestAnswer {
  std::vector<std::string> images;
  std::string problem;  // not empty: it is not known what they name
  std::string since;    // the commit that made it so
};
using ManifestAnswers = std::map<ManifestPlace, ManifestAnswer>;

// Where a deployment's images would stand, in the order of what was synced; none where they need not be asked.
std::vector<ManifestPlace> AskManifests(const DeploymentFact& deployment, const RevisionClues& clues,
                                        const RevisionOwner& owner);

// Gives the deployment the images of all places that were found; before AskRevision.
void TakeImages(const std::vector<ManifestPlace>& places, const ManifestAnswers& answers, DeploymentFact* deployment);

// Completes the evidence by where the images stood, or why they are not known; after ResolveRevision.
void SayWhereImagesStood(const std::vector<ManifestPlace>& places, const ManifestAnswers& answers,
                         DeploymentFact* deployment);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_MANIFEST_IMAGES_H_
