// From what was synced to the service's own commit. In this order, the first that leads to one: the source reports it; what was synced is a commit of one of
// the entity's repositories; an image's tag carries it, or an artefact was reported for the image; the manifests name what they were rendered from. Pure: the
// same deployment, entity, rules, commits and reports give the same answer. What is to be looked up is asked first, so that a batch needs few statements.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_RESOLVE_REVISION_H_
#define HEADWAY_AGGREGATOR_PROJECTION_RESOLVE_REVISION_H_

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/image_tags.h"
#include "aggregator/projection/revision_clues.h"

namespace headway {

// Whose deployment it is.
struct RevisionOwner {
  std::string entity_ref;
  std::string image;                      // as annotation headway.dev/image says; empty: not said
  std::vector<std::string> repositories;  // sorted
};

// The first digits of a commit's id in a repository; the whole id where it has all digits.
struct CommitPrefix {
  std::string repository;
  std::string digits;
  auto operator<=>(const CommitPrefix&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const CommitPrefix& p) {
    return H::combine(std::move(h), p.repository, p.digits);
  }
};

// One image, and the commit that its tag carries.
struct ImageClue {
  std::string text;  // as it was reported
  ImageName name;
  std::optional<TagCommit> commit;
};

// What the answer depends on.
struct RevisionQuestion {
  bool depends_on_entity = false;         // on its repositories at least: it is to be asked again when these change
  std::vector<ImageClue> images;          // empty: they need not be asked
  std::vector<CommitPrefix> prefixes;     // sorted, unique
  std::vector<std::string> lookup_names;  // of artefacts; sorted, unique
  absl::Time started;                     // reports before this count first
};

// What an image was reported to be built from.
struct ArtefactReport {
  std::string repository;
  std::string revision;
  absl::Time published_at;
  bool operator==(const ArtefactReport&) const = default;
};

// What was looked up. What is not there was not found.
struct RevisionAnswers {
  // Commits of which these are the first digits; of several two are enough.
  absl::flat_hash_map<CommitPrefix, std::vector<std::string>> commits;
  // Reports by (lookup name, started). Enough are: the latest before it, and where there is none the least and the greatest by (repository, revision).
  absl::flat_hash_map<std::pair<std::string, absl::Time>, std::vector<ArtefactReport>> reports;
};

RevisionQuestion AskRevision(const DeploymentFact& deployment, const RevisionClues& clues, const RevisionOwner& owner,
                             const ImageTagRules& rules);

// Sets repository, source_revision, config_revision, found_by, unresolved and revision_evidence of a deployment as it was folded.
void ResolveRevision(const RevisionQuestion& question, const RevisionAnswers& answers, const RevisionClues& clues,
                     const RevisionOwner& owner, DeploymentFact* deployment);

// The first of what was synced that is a commit of one of the entity's own repositories; nullptr: none is.
const SyncedSource* OwnSynced(const RevisionClues& clues, const RevisionOwner& owner);

// 40 or 64 lower-case hexadecimal digits.
bool IsCommitId(absl::string_view text);

// The report that holds for a deployment that started then: all name one commit: any; else the latest before; else none.
std::optional<ArtefactReport> ChooseReport(absl::Span<const ArtefactReport> reports, absl::Time started);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_RESOLVE_REVISION_H_
