#include "aggregator/projection/resolve_revision.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregator/projection/image_leads.h"

namespace headway {
namespace {

bool Owns(const RevisionOwner& owner, const std::string& repository) {
  return std::binary_search(owner.repositories.begin(), owner.repositories.end(), repository);
}

// What the others were synced from, in the source's order.
std::string ConfigRevision(const RevisionClues& clues, const SyncedSource* own) {
  std::vector<absl::string_view> revisions;
  for (const SyncedSource& synced : clues.synced) {
    if (&synced != own) revisions.push_back(synced.revision);
  }
  return absl::StrJoin(revisions, ",");
}

void Find(FoundBy found_by, const std::string& repository, const std::string& revision, std::string evidence,
          DeploymentFact* deployment) {
  deployment->found_by = found_by;
  deployment->repository = repository;
  deployment->source_revision = revision;
  deployment->revision_evidence = std::move(evidence);
}

void GiveUp(absl::string_view reason, absl::string_view detail, DeploymentFact* deployment) {
  deployment->found_by = FoundBy::kNothing;
  deployment->unresolved = std::string(reason);
  deployment->revision_evidence = detail.empty() ? std::string(reason) : absl::StrCat(reason, ": ", detail);
}

void GiveUpWithoutImages(const RevisionClues& clues, const RevisionOwner& owner, DeploymentFact* deployment) {
  if (clues.empty()) return GiveUp("neither a commit nor an image is reported", "", deployment);
  if (owner.repositories.empty()) return GiveUp(kNoRepository, "", deployment);
  std::set<std::string> others;
  for (const SyncedSource& synced : clues.synced) others.insert(synced.repository);
  if (clues.rendered_from.has_value()) others.insert(clues.rendered_from->repository);
  GiveUp("no image is reported, and what was synced is from none of the entity's repositories",
         absl::StrJoin(others, ", "), deployment);
}

}  // namespace

const SyncedSource* OwnSynced(const RevisionClues& clues, const RevisionOwner& owner) {
  const auto own = std::find_if(clues.synced.begin(), clues.synced.end(), [&](const SyncedSource& synced) {
    return synced.chart.empty() && IsCommitId(synced.revision) && Owns(owner, synced.repository);
  });
  return own == clues.synced.end() ? nullptr : &*own;
}

bool IsCommitId(absl::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

RevisionQuestion AskRevision(const DeploymentFact& deployment, const RevisionClues& clues, const RevisionOwner& owner,
                             const ImageTagRules& rules) {
  RevisionQuestion question;
  question.started = deployment.started == absl::InfinitePast() ? deployment.synced : deployment.started;
  if (!deployment.source_revision.empty()) {
    question.depends_on_entity = deployment.config_revision.empty() && !clues.synced.empty();
    return question;
  }
  question.depends_on_entity = !clues.empty() || !deployment.images.empty();
  // Without a repository nothing that an image leads to could be its own.
  if (OwnSynced(clues, owner) != nullptr || owner.repositories.empty()) return question;
  for (const std::string& text : deployment.images) {
    ImageName name = ParseImageName(text);
    std::optional<TagCommit> commit = rules.CommitOf(name);
    for (const std::string& lookup : LookupNames(name)) question.lookup_names.push_back(lookup);
    if (commit.has_value()) {
      for (const std::string& repository : owner.repositories)
        question.prefixes.push_back({repository, commit->digits});
    }
    question.images.push_back({text, std::move(name), std::move(commit)});
  }
  const auto sort_unique = [](auto* list) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  };
  sort_unique(&question.lookup_names);
  sort_unique(&question.prefixes);
  return question;
}

void ResolveRevision(const RevisionQuestion& question, const RevisionAnswers& answers, const RevisionClues& clues,
                     const RevisionOwner& owner, DeploymentFact* deployment) {
  const SyncedSource* const own = OwnSynced(clues, owner);
  if (deployment->config_revision.empty()) deployment->config_revision = ConfigRevision(clues, own);
  if (!deployment->source_revision.empty()) {
    deployment->found_by = FoundBy::kReported;
    return;
  }
  if (own != nullptr) {
    return Find(FoundBy::kOwnRepository, own->repository, own->revision, absl::StrCat("synced from ", own->repository),
                deployment);
  }
  const ImageOutcome outcome = FollowImages(question, answers, owner);
  if (outcome.lead.has_value()) {
    const ImageLead& lead = *outcome.lead;
    return Find(lead.found_by, lead.repository, lead.revision, lead.evidence, deployment);
  }
  if (!outcome.ambiguous && clues.rendered_from.has_value() && Owns(owner, clues.rendered_from->repository)) {
    return Find(FoundBy::kRenderedFrom, clues.rendered_from->repository, clues.rendered_from->sha,
                "the manifests name it as what they were rendered from", deployment);
  }
  if (deployment->images.empty()) return GiveUpWithoutImages(clues, owner, deployment);
  if (owner.repositories.empty()) return GiveUp(kNoRepository, "", deployment);
  GiveUp(outcome.reason, outcome.detail, deployment);
}

std::optional<ArtefactReport> ChooseReport(absl::Span<const ArtefactReport> reports, absl::Time started) {
  const auto by_time = [](const ArtefactReport& a, const ArtefactReport& b) {
    return std::tie(a.published_at, a.repository, a.revision) < std::tie(b.published_at, b.repository, b.revision);
  };
  std::optional<ArtefactReport> before;
  bool differ = false;
  for (const ArtefactReport& report : reports) {
    differ = differ || report.repository != reports[0].repository || report.revision != reports[0].revision;
    if (report.published_at < started && (!before.has_value() || by_time(*before, report))) before = report;
  }
  if (before.has_value()) return before;
  if (reports.empty() || differ) return std::nullopt;
  return *std::min_element(reports.begin(), reports.end(), by_time);
}

}  // namespace headway
