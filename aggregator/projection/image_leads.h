// What the images of a deployment lead to: the part of resolve_revision.h that weighs several. Pure.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_IMAGE_LEADS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_IMAGE_LEADS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "aggregator/projection/resolve_revision.h"

namespace headway {

inline constexpr char kNoRepository[] = "the entity names no repository";

// A commit of one of the entity's repositories.
struct ImageLead {
  const ImageClue* image = nullptr;
  FoundBy found_by = FoundBy::kNothing;
  std::string repository;
  std::string revision;
  std::string evidence;
  bool confirmed = true;  // false: a whole id, taken at its word, which the mirrored history does not have
};

// Where they lead together.
struct ImageOutcome {
  std::optional<ImageLead> lead;
  bool ambiguous = false;
  absl::string_view reason;  // without a lead: one of few sentences
  std::string detail;        // which image, and what of it
};

// Each image by its tag, else by what was reported for it. Several that lead to different commits: the one that the annotation names, else the one that is
// called like the entity, else those whose commit is in the mirrored history; more than one commit then is ambiguous.
ImageOutcome FollowImages(const RevisionQuestion& question, const RevisionAnswers& answers, const RevisionOwner& owner);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_IMAGE_LEADS_H_
