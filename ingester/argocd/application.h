// What Headway reads of an Application of Argo CD (argoproj.io/v1alpha1), from Argo CD 2.13 on. A person's name is never read.
#ifndef HEADWAY_INGESTER_ARGOCD_APPLICATION_H_
#define HEADWAY_INGESTER_ARGOCD_APPLICATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace headway {

// One source of manifests, and what of it was synced.
struct ArgoSource {
  std::string repo_url;  // as written; may hold credentials: never passed on (repository_name.h)
  std::string chart;     // empty: no chart
  std::string path;
  std::string revision;  // a commit, a chart's version or a digest; empty: not known
  uint64_t fingerprint =
      0;  // of all that the source says, parameters too: equal sources at equal revisions render the same
};

// An entry of status.history: a full sync that succeeded.
struct ArgoHistoryEntry {
  int64_t id = 0;
  absl::Time deployed_at;
  std::optional<absl::Time> started_at;
  std::vector<ArgoSource> sources;  // one, or those of a multi-source application in its order
  bool automated = false;
};

// status.operationState.
struct ArgoOperation {
  enum class Phase { kRunning, kSucceeded, kFailed };  // kRunning: also terminating, or waiting for a retry
  Phase phase = Phase::kRunning;
  absl::Time started_at;
  std::optional<absl::Time> finished_at;
  bool dry_run = false;
  bool partial = false;  // of some resources only
  bool automated = false;
  bool only_out_of_sync = false;  // syncs only what differs, so an empty result says that nothing did
  bool has_result = false;
  std::vector<ArgoSource> sources;  // of the result
  int64_t applied = 0;              // resources of the result, without hooks
  int64_t unchanged = 0;            // those of them that were as they should be already
  std::vector<std::string> images;  // of the applied resources (Argo CD 3.1 on); sorted, unique
};

// What a source hydrator wrote, and from what.
struct ArgoHydration {
  std::string hydrated_sha;
  std::string dry_sha;
  std::string dry_repo_url;
};

enum class ArgoHealth { kUnknown, kHealthy, kDegraded, kOther };  // kOther: progressing, suspended, missing

struct ArgoApplication {
  std::string name;
  std::string name_space;
  uint64_t resource_version = 0;           // 0: not a number
  absl::Time created = absl::UnixEpoch();  // metadata.creationTimestamp
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;  // only those that begin with "headway.dev/"

  std::string project;
  std::string destination_name;
  std::string destination_server;
  std::string destination_namespace;
  std::vector<std::string> repo_urls;  // of all sources of the specification, also those that a hydrator reads

  bool app_of_apps = false;  // it manages Applications or ApplicationSets
  ArgoHealth health = ArgoHealth::kUnknown;
  std::optional<absl::Time> health_since;   // Argo CD 2.14 on
  std::optional<absl::Time> reconciled_at;  // when health and sync were last assessed with the latest of the source
  bool synced = false;                      // what runs is what compared_revisions say
  std::vector<std::string> compared_revisions;
  std::vector<std::string> running_images;  // of what runs now, which is not what was synced
  std::vector<ArgoHydration> hydrations;
  std::vector<ArgoHistoryEntry> history;  // oldest first
  std::optional<ArgoOperation> operation;

  std::vector<std::string> notes;  // what was left out, and why: "status.history[3].deployedAt is no time". At most 20
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_ARGOCD_APPLICATION_H_
