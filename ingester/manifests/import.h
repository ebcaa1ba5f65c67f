// From a repository of manifests to observations: which images each folder names at each commit.
#ifndef HEADWAY_INGESTER_MANIFESTS_IMPORT_H_
#define HEADWAY_INGESTER_MANIFESTS_IMPORT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "headway/v1/observation.pb.h"
#include "ingester/git/git_repository.h"

namespace headway {

struct ManifestImportOptions {
  std::string repository;  // "github.com/acme/manifests"
};

struct ManifestImportSummary {
  int64_t commits = 0;
  int64_t folders = 0;       // that name images at some commit
  int64_t changes = 0;       // of a folder's images by a commit
  int64_t problems = 0;      // of these, where the images could not be read
  std::string last_problem;  // "apps/a at 0123456789ab: values.yaml:3: is no YAML"
};

struct ManifestImportProgress {
  std::function<void(absl::string_view, int64_t)> report = [](absl::string_view, int64_t) {};
};

// Reads every commit that branches and tags lead to, parents before children, and emits one observation for each: what it changed against its first parent.
// The same commit gives the same observation whenever it is read. Blocks; memory is about 150 bytes a commit and some 20 MB of contents. FAILED_PRECONDITION:
// the clone is empty, shallow, or lacks contents; RESOURCE_EXHAUSTED: a commit changes more than can be told; else what `emit` returns.
absl::StatusOr<ManifestImportSummary> ImportManifests(const GitRepository& repository,
                                                      const ManifestImportOptions& options,
                                                      const std::function<absl::Status(v1::Observation)>& emit,
                                                      const ManifestImportProgress& progress);

}  // namespace headway

#endif  // HEADWAY_INGESTER_MANIFESTS_IMPORT_H_
