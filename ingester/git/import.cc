#include "ingester/git/import.h"

#include <algorithm>
#include <utility>

#include "ingester/git/base_lines.h"
#include "ingester/git/git_observations.h"
#include "ingester/git/history.h"
#include "ingester/git/pull_requests.h"

namespace headway {
namespace {

constexpr int64_t kProgressEvery = 500;

// One run over a loaded history.
class GitImporter {
 public:
  GitImporter(const GitRepository& repository, const History& history, const GitImportOptions& options,
              const ObservationEmitter& emit, const GitImportProgress& progress)
      : repository_(repository),
        history_(history),
        options_(options),
        emit_(emit),
        progress_(progress),
        observations_(repository, history, options) {}

  absl::StatusOr<GitImportSummary> Run(const std::vector<GitRef>& refs) {
    absl::Status status = EmitDeclarations();
    if (status.ok()) status = EmitCommits();
    if (status.ok()) status = EmitChanges(refs);
    if (status.ok()) status = EmitDeployments(refs);
    if (status.ok()) status = EmitStatus();
    if (!status.ok()) return status;
    return summary_;
  }

 private:
  bool IsWanted(absl::Time time) const { return !options_.since.has_value() || time >= *options_.since; }

  absl::Status EmitIfOk(absl::StatusOr<v1::Observation> observation) {
    if (!observation.ok()) return observation.status();
    return emit_(*std::move(observation));
  }

  absl::Status EmitDeclarations() {
    if (options_.declare_entity) {
      if (absl::Status sent = emit_(observations_.Entity()); !sent.ok()) return sent;
    }
    return emit_(observations_.Mapping());
  }

  absl::Status EmitCommits() {
    for (History::Node node : history_.Topological()) {
      if (!history_[node].present || !IsWanted(history_[node].committed)) continue;
      if (absl::Status sent = EmitIfOk(observations_.Commit(node)); !sent.ok()) return sent;
      if (++summary_.commits % kProgressEvery == 0) progress_.report("commits", summary_.commits);
    }
    return absl::OkStatus();
  }

  absl::Status EmitChanges(const std::vector<GitRef>& refs) {
    progress_.report("recognising pull requests", 0);
    const PullHeads heads = FindPullHeads(history_, refs);
    summary_.has_pull_heads = !heads.empty();
    const std::vector<BaseLine> lines = BuildBaseLines(history_, refs, repository_.DefaultBranch());
    for (const PullRequest& pull : FindPullRequests(history_, lines, heads)) {
      if (!IsWanted(history_[pull.merged_by].committed)) continue;
      absl::StatusOr<v1::Observation> change = observations_.Change(pull);
      if (change.ok()) Count(pull, change->change());
      if (absl::Status sent = EmitIfOk(std::move(change)); !sent.ok()) return sent;
    }
    return absl::OkStatus();
  }

  void Count(const PullRequest& pull, const v1::Change& change) {
    if (pull.kind == PullRequest::Kind::kMerge) ++summary_.merges;
    if (pull.kind == PullRequest::Kind::kSquash) ++summary_.squashes;
    if (pull.kind == PullRequest::Kind::kRebase) ++summary_.rebases;
    if (!change.has_first_commit_authored_at()) ++summary_.first_commit_unknown;
    if (change.reverts_numbers_size() + change.reverts_shas_size() > 0) ++summary_.reverts;
    const int64_t count = summary_.merges + summary_.squashes + summary_.rebases;
    if (count % kProgressEvery == 0) progress_.report("pull requests", count);
  }

  absl::Status EmitDeployments(const std::vector<GitRef>& refs) {
    for (const ReleaseTag& tag : FindReleaseTags(history_, refs, options_.tag_patterns, options_.environment)) {
      if (!IsWanted(tag.at)) continue;
      ++summary_.deployments[tag.environment];
      if (absl::Status sent = emit_(observations_.Deployment(tag)); !sent.ok()) return sent;
    }
    return absl::OkStatus();
  }

  absl::Time CompleteUntil() const {
    if (options_.complete_until.has_value()) return *options_.complete_until;
    absl::Time newest = repository_.LastFetch().value_or(absl::UnixEpoch());
    for (size_t node = 0; node < history_.size(); ++node) {
      const History::Commit& commit = history_[static_cast<History::Node>(node)];
      // Clocks of authors may be wrong; a commit of the future says nothing about what is known.
      if (commit.present && commit.committed <= options_.now) newest = std::max(newest, commit.committed);
    }
    return newest;
  }

  absl::Status EmitStatus() {
    const absl::Time until = CompleteUntil();
    for (v1::SourceStatus::Covers covers : {v1::SourceStatus::DEPLOYMENTS, v1::SourceStatus::CHANGES}) {
      if (absl::Status sent = emit_(observations_.Status(covers, until)); !sent.ok()) return sent;
    }
    return absl::OkStatus();
  }

  const GitRepository& repository_;
  const History& history_;
  const GitImportOptions& options_;
  const ObservationEmitter& emit_;
  const GitImportProgress& progress_;
  const GitObservations observations_;
  GitImportSummary summary_;
};

}  // namespace

absl::StatusOr<GitImportSummary> ImportGit(const GitRepository& repository, const GitImportOptions& options,
                                           const ObservationEmitter& emit, const GitImportProgress& progress) {
  absl::StatusOr<std::vector<GitRef>> refs = repository.Refs();
  if (!refs.ok()) return refs.status();
  if (refs->empty()) return absl::FailedPreconditionError("the repository is empty: it has no branch and no tag");
  absl::StatusOr<History> history =
      History::Load(repository, *refs, [&](int64_t count) { progress.report("reading commits", count); });
  if (!history.ok()) return history.status();
  return GitImporter(repository, *history, options, emit, progress).Run(*refs);
}

}  // namespace headway
