// How commits, pull requests and tags are written as observations. Pure, except that paths are read from the repository.
#ifndef HEADWAY_INGESTER_GIT_GIT_OBSERVATIONS_H_
#define HEADWAY_INGESTER_GIT_GIT_OBSERVATIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "headway/v1/observation.pb.h"
#include "ingester/git/git_repository.h"
#include "ingester/git/history.h"
#include "ingester/git/import.h"
#include "ingester/git/pull_requests.h"
#include "ingester/git/release_tags.h"

namespace headway {

// Everything given must outlive this.
class GitObservations {
 public:
  GitObservations(const GitRepository& repository, const History& history, const GitImportOptions& options);

  v1::Observation Entity() const;
  v1::Observation Mapping() const;
  absl::StatusOr<v1::Observation> Commit(History::Node node) const;
  absl::StatusOr<v1::Observation> Change(const PullRequest& pull) const;
  v1::Observation Deployment(const ReleaseTag& tag) const;
  v1::Observation Status(v1::SourceStatus::Covers covers, absl::Time complete_until) const;

 private:
  v1::Observation Empty() const;
  std::vector<std::string> Resolve(const std::vector<std::string>& ids) const;
  History::Node AuthoredBy(const PullRequest& pull) const;
  void FillAuthor(const PullRequest& pull, v1::Change* change) const;
  void FillReverts(const PullRequest& pull, v1::Change* change) const;
  // Paths that differ from the first parent; false when there are too many to say.
  absl::StatusOr<bool> FillPaths(History::Node node, v1::PathList* paths) const;
  absl::Status FillChangePaths(const PullRequest& pull, v1::Change* change) const;

  const GitRepository& repository_;
  const History& history_;
  const GitImportOptions& options_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_GIT_OBSERVATIONS_H_
