#include "ingester/argocd/sync_facts.h"

#include <algorithm>

namespace headway::argocd {
namespace {

bool AssessedSince(const ArgoApplication& application, absl::Time time) {
  return application.reconciled_at.has_value() && *application.reconciled_at >= time;
}

// Whether what runs is what the sync brought, and has been looked at since. Times are whole seconds: the same second may be before.
bool StillRuns(const ArgoApplication& application, const ShownSync& sync) {
  if (!application.synced || application.compared_revisions.size() != sync.sources.size()) return false;
  for (size_t i = 0; i < sync.sources.size(); ++i) {
    if (sync.sources[i].revision.empty() || sync.sources[i].revision != application.compared_revisions[i]) return false;
  }
  const bool turned_since = application.health_since.has_value() && *application.health_since > sync.finished_at;
  return turned_since || AssessedSince(application, sync.finished_at + absl::Seconds(1));
}

bool IsObjectId(const std::string& id) {
  return (id.size() == 40 || id.size() == 64) && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

bool SameManifests(const std::vector<ArgoSource>& a, const std::vector<ArgoSource>& b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ArgoSource& x, const ArgoSource& y) {
    return !x.revision.empty() && x.revision == y.revision && x.fingerprint == y.fingerprint;
  });
}

bool NothingApplied(const ArgoOperation& operation) {
  if (!operation.has_result || operation.phase != ArgoOperation::Phase::kSucceeded) return false;
  // Of an empty result only that of a sync of what differs says something.
  return operation.applied > 0 ? operation.unchanged == operation.applied : operation.only_out_of_sync;
}

HealthAfter HealthAfterSync(const ArgoApplication& application, const ShownSync& sync, const ArgoOptions& options) {
  HealthAfter after;
  const bool healthy = application.health == ArgoHealth::kHealthy;
  if ((!healthy && application.health != ArgoHealth::kDegraded) || !application.health_since.has_value()) return after;
  const absl::Time since = *application.health_since;
  std::optional<absl::Time>& turned = healthy ? after.healthy_at : after.degraded_at;
  if (since >= sync.finished_at) {
    if (since - sync.finished_at <= options.health_window) turned = since;
    return after;
  }
  // What was so before the sync had ended may change yet.
  if (!AssessedSince(application, sync.finished_at + options.health_settles)) return after;
  if (healthy || since >= sync.started_at) turned = sync.finished_at;
  return after;
}

SyncImages ImagesOfSync(const ArgoApplication& application, const ShownSync& sync, const ArgoOperation* operation,
                        const ArgoOptions& options) {
  if (operation != nullptr && !operation->images.empty()) return {ImagesFrom::kResult, operation->images};
  // While a roll-out lasts both the old and the new run.
  if (application.health != ArgoHealth::kHealthy || application.running_images.empty()) return {};
  if (!StillRuns(application, sync)) return {};
  const bool settled = AssessedSince(application, sync.finished_at + options.health_settles);
  return {settled ? ImagesFrom::kRunningSettled : ImagesFrom::kRunning, application.running_images};
}

const ArgoHydration* HydrationOf(const ArgoApplication& application, const std::vector<ArgoSource>& sources) {
  if (sources.size() != 1) return nullptr;
  for (const ArgoHydration& hydration : application.hydrations) {
    if (hydration.hydrated_sha == sources[0].revision && IsObjectId(hydration.dry_sha)) return &hydration;
  }
  return nullptr;
}

}  // namespace headway::argocd
