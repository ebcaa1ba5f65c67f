// From a git repository to observations.
#ifndef HEADWAY_INGESTER_GIT_IMPORT_H_
#define HEADWAY_INGESTER_GIT_IMPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"
#include "ingester/git/git_repository.h"
#include "ingester/git/release_tags.h"

namespace headway {

struct GitImportOptions {
  std::string entity_ref;                  // "component:default/etcd"
  std::string repository;                  // "github.com/etcd-io/etcd"
  std::vector<std::string> also;           // further repositories of the entity, which are imported on their own
  std::vector<std::string> path_prefixes;  // of the entity in this repository
  bool declare_entity = true;
  std::vector<TagPattern> tag_patterns;  // empty: semantic versions
  std::string environment = "prod";      // of releases, where no pattern says another
  std::string stream = "release tags";
  std::optional<absl::Time> since;           // nothing older is sent
  bool paths = false;                        // send which files each commit and change touches
  std::string author_key;                    // of AuthorHash
  absl::Time now;                            // the version of what this import declares
  bool replace = false;                      // deployments of this import hold over those of earlier ones
  std::optional<absl::Time> complete_until;  // absent: the last fetch, or the newest commit
};

struct GitImportSummary {
  int64_t commits = 0;
  int64_t merges = 0, squashes = 0, rebases = 0;  // pull requests, by how they were merged
  int64_t first_commit_unknown = 0;               // pull requests
  int64_t reverts = 0;                            // pull requests that revert another
  std::map<std::string, int64_t> deployments;     // by environment
  bool has_pull_heads = false;
};

// Takes an observation; an error ends the import.
using ObservationEmitter = std::function<absl::Status(v1::Observation)>;

struct GitImportProgress {
  // "reading commits", "comparing trees", ...; how many so far.
  std::function<void(absl::string_view, int64_t)> report = [](absl::string_view, int64_t) {};
};

// Reads everything that refs lead to and emits it: the entity and its mapping, commits (parents before children), pull requests, deployments, and
// how far the data reach. FAILED_PRECONDITION: the repository cannot be read, or is empty.
absl::StatusOr<GitImportSummary> ImportGit(const GitRepository& repository, const GitImportOptions& options,
                                           const ObservationEmitter& emit, const GitImportProgress& progress);

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_IMPORT_H_
