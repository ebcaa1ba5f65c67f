#include "aggregator/projection/image_leads.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

// Why an image leads nowhere, the least telling first.
enum class Problem { kNoArtefact, kForeign, kReportedLater, kNotMirrored, kNotUnique };

absl::string_view ReasonOf(Problem problem) {
  switch (problem) {
    case Problem::kNoArtefact:
      return "the tag carries no commit, and no artefact is reported for the image";
    case Problem::kForeign:
      return "the image was built from none of the entity's repositories";
    case Problem::kReportedLater:
      return "artefacts of different commits are reported for the image, all of them later";
    case Problem::kNotMirrored:
      return "the commit in the image's tag is not in the mirrored history";
    case Problem::kNotUnique:
      return "the digits in the image's tag begin several commits";
  }
  return "";
}

class Follower {
 public:
  Follower(const RevisionQuestion& question, const RevisionAnswers& answers, const RevisionOwner& owner)
      : question_(question), answers_(answers), owner_(owner) {}

  std::vector<ImageLead> Follow() {
    std::vector<ImageLead> leads;
    for (const ImageClue& image : question_.images) {
      std::optional<ImageLead> lead = ByTag(image);
      if (!lead.has_value() || !lead->confirmed) {
        bool reported = false;
        std::optional<ImageLead> by_report = ByReport(image, &reported);
        // A report knows better than an id that was taken at its word.
        if (by_report.has_value() || reported) lead = std::move(by_report);
      }
      if (lead.has_value()) leads.push_back(*std::move(lead));
    }
    return leads;
  }

  absl::string_view reason() const { return ReasonOf(problem_); }
  const std::string& detail() const { return detail_; }

 private:
  void Note(Problem problem, std::string detail) {
    if (!detail_.empty() && problem <= problem_) return;
    problem_ = problem;
    detail_ = std::move(detail);
  }

  std::optional<ImageLead> ByTag(const ImageClue& image) {
    if (!image.commit.has_value()) {
      Note(Problem::kNoArtefact, image.text);
      return std::nullopt;
    }
    const std::string& digits = image.commit->digits;
    std::string repository, sha;
    for (const std::string& own : owner_.repositories) {
      const auto found = answers_.commits.find(CommitPrefix{own, digits});
      if (found == answers_.commits.end()) continue;
      for (const std::string& candidate : found->second) {
        if (!sha.empty() && sha != candidate) {
          Note(Problem::kNotUnique, image.text);
          return std::nullopt;
        }
        if (sha.empty()) std::tie(repository, sha) = std::tie(own, candidate);
      }
    }
    const bool confirmed = !sha.empty();
    if (!confirmed && (owner_.repositories.size() != 1 || !IsCommitId(digits))) {
      Note(Problem::kNotMirrored, image.text);
      return std::nullopt;
    }
    std::string evidence = absl::StrCat("tag ", image.name.tag, " of image ", image.name.repository);
    if (!image.commit->rule_id.empty()) absl::StrAppend(&evidence, ", read by rule ", image.commit->rule_id);
    if (!confirmed) std::tie(repository, sha) = std::tie(owner_.repositories[0], digits);
    return ImageLead{&image, FoundBy::kImageTag, repository, sha, std::move(evidence), confirmed};
  }

  // *reported: something holds for the image, perhaps of a repository of somebody else.
  std::optional<ImageLead> ByReport(const ImageClue& image, bool* reported) {
    for (const std::string& name : LookupNames(image.name)) {
      const auto found = answers_.reports.find({name, question_.started});
      if (found == answers_.reports.end() || found->second.empty()) continue;
      const std::optional<ArtefactReport> report = ChooseReport(found->second, question_.started);
      if (!report.has_value()) {
        Note(Problem::kReportedLater, name);
        continue;
      }
      *reported = true;
      if (!std::binary_search(owner_.repositories.begin(), owner_.repositories.end(), report->repository)) {
        Note(Problem::kForeign, absl::StrCat(name, " of ", report->repository));
        return std::nullopt;
      }
      return ImageLead{
          &image, FoundBy::kArtefact, report->repository, report->revision,
          absl::StrCat("artefact reported for ", name, ", published ",
                       absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", report->published_at, absl::UTCTimeZone()))};
    }
    return std::nullopt;
  }

  const RevisionQuestion& question_;
  const RevisionAnswers& answers_;
  const RevisionOwner& owner_;
  Problem problem_ = Problem::kNoArtefact;
  std::string detail_;
};

// Of those that fit: the first, if all of them are one commit.
std::optional<ImageLead> TheOne(const std::vector<ImageLead>& leads,
                                const std::function<bool(const ImageLead&)>& fits) {
  std::optional<ImageLead> one;
  for (const ImageLead& lead : leads) {
    if (!fits(lead)) continue;
    if (one.has_value() && std::tie(one->repository, one->revision) != std::tie(lead.repository, lead.revision))
      return std::nullopt;
    if (!one.has_value()) one = lead;
  }
  return one;
}

}  // namespace

ImageOutcome FollowImages(const RevisionQuestion& question, const RevisionAnswers& answers,
                          const RevisionOwner& owner) {
  Follower follower(question, answers, owner);
  const std::vector<ImageLead> leads = follower.Follow();
  ImageOutcome outcome;
  if (leads.empty()) {
    outcome.reason = follower.reason();
    outcome.detail = follower.detail();
    return outcome;
  }
  const std::string annotated = NormaliseImageRepository(owner.image);
  const absl::string_view entity = LastSegment(owner.entity_ref);
  const std::function<bool(const ImageLead&)> choices[] = {
      [](const ImageLead&) { return true; },
      [&](const ImageLead& lead) { return EndsWithSegments(lead.image->name.repository, annotated); },
      [&](const ImageLead& lead) { return LastSegment(lead.image->name.repository) == entity; },
      [](const ImageLead& lead) { return lead.confirmed; },
  };
  for (const auto& choice : choices) {
    outcome.lead = TheOne(leads, choice);
    if (outcome.lead.has_value()) return outcome;
  }
  outcome.ambiguous = true;
  outcome.reason = "ambiguous: the images lead to different commits of the entity's repositories";
  for (const ImageLead& lead : leads) {
    absl::StrAppend(&outcome.detail, outcome.detail.empty() ? "" : ", ", lead.image->text, " to ",
                    lead.revision.substr(0, 12));
  }
  return outcome;
}

}  // namespace headway
