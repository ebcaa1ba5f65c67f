#include "aggregator/projection/manifest_images.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "aggregator/projection/payload_winner.h"

namespace headway {
namespace {

constexpr size_t kDigitsForPeople = 12;
constexpr size_t kImagesOfDeployment = 1000;  // as many as a source may name

void SortUnique(std::vector<std::string>* list) {
  std::sort(list->begin(), list->end());
  list->erase(std::unique(list->begin(), list->end()), list->end());
}

// "./apps/a/", "/apps/a" and "apps/a" are one folder; "." is the root.
std::string NormalisedFolder(absl::string_view path) {
  while (absl::ConsumePrefix(&path, "./") || absl::ConsumePrefix(&path, "/")) {
  }
  while (absl::ConsumeSuffix(&path, "/") || absl::ConsumeSuffix(&path, "/.")) {
  }
  return path == "." ? std::string() : std::string(path);
}

std::string PlaceText(const ManifestPlace& place) {
  return absl::StrCat(place.path.empty() ? "the root" : place.path, " of ", place.repository);
}

}  // namespace

ManifestRevisionFact FoldManifestRevision(absl::Span<const std::string> payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kManifestRevision);
  const ParsedPayload* winner =
      WinningPayload(all, [](const v1::Observation& o) { return o.manifest_revision().version(); });
  ManifestRevisionFact fact;
  if (winner == nullptr) return fact;
  const v1::ManifestRevision& seen = winner->observation.manifest_revision();
  fact.exists = true;
  fact.withdrawn = seen.withdrawn();
  fact.repository = seen.repository();
  fact.revision = seen.revision();
  if (fact.withdrawn) return fact;
  fact.depth = seen.depth();
  fact.parent = seen.parent();
  fact.skip = seen.skip();
  fact.skip_depth = seen.skip_depth();
  for (const v1::ManifestFolder& folder : seen.folders()) {
    ManifestFolderFact one{folder.path(), {folder.images().begin(), folder.images().end()}, folder.problem()};
    SortUnique(&one.images);
    fact.folders.push_back(std::move(one));
  }
  std::sort(fact.folders.begin(), fact.folders.end());
  return fact;
}

std::vector<ManifestPlace> AskManifests(const DeploymentFact& deployment, const RevisionClues& clues,
                                        const RevisionOwner& owner) {
  std::vector<ManifestPlace> places;
  if (!deployment.source_revision.empty() || !deployment.images.empty()) return places;
  if (owner.repositories.empty() || OwnSynced(clues, owner) != nullptr) return places;
  for (const SyncedSource& synced : clues.synced) {
    if (!synced.chart.empty() || !IsCommitId(synced.revision)) continue;
    ManifestPlace place{synced.repository, synced.revision, NormalisedFolder(synced.path)};
    if (place.path.size() > kManifestPathBytes) continue;
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
  }
  return places;
}

void TakeImages(const std::vector<ManifestPlace>& places, const ManifestAnswers& answers, DeploymentFact* deployment) {
  for (const ManifestPlace& place : places) {
    const auto found = answers.find(place);
    if (found == answers.end()) continue;
    deployment->images.insert(deployment->images.end(), found->second.images.begin(), found->second.images.end());
  }
  SortUnique(&deployment->images);
  // Some of them might stand for a commit that the others deny.
  if (deployment->images.size() > kImagesOfDeployment) deployment->images.clear();
}

void SayWhereImagesStood(const std::vector<ManifestPlace>& places, const ManifestAnswers& answers,
                         DeploymentFact* deployment) {
  std::string named, problems;
  for (const ManifestPlace& place : places) {
    const auto found = answers.find(place);
    if (found == answers.end()) continue;
    if (!found->second.problem.empty()) {
      absl::StrAppend(&problems, problems.empty() ? "" : ", ", PlaceText(place), ": ", found->second.problem);
    } else if (!found->second.images.empty()) {
      absl::StrAppend(&named, named.empty() ? "" : " and ", PlaceText(place), " since ",
                      found->second.since.substr(0, kDigitsForPeople));
    }
  }
  const bool by_image = deployment->found_by == FoundBy::kImageTag || deployment->found_by == FoundBy::kArtefact;
  if (!by_image && deployment->found_by != FoundBy::kNothing) return;
  if (!by_image && !problems.empty()) {
    deployment->unresolved = "the manifests that were synced could not be read";
    deployment->revision_evidence = absl::StrCat(deployment->unresolved, ": ", problems);
  } else if (!named.empty()) {
    absl::StrAppend(&deployment->revision_evidence, "; the manifests name it: ", named);
  }
}

}  // namespace headway
