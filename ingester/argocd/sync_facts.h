// What is known of one sync beside its history entry: what it changed, the images that it brought, and the health that followed.
#ifndef HEADWAY_INGESTER_ARGOCD_SYNC_FACTS_H_
#define HEADWAY_INGESTER_ARGOCD_SYNC_FACTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ingester/argocd/application.h"
#include "ingester/argocd/observe_application.h"

namespace headway::argocd {

// Whether both render the same: equal sources at equal, known revisions.
bool SameManifests(const std::vector<ArgoSource>& a, const std::vector<ArgoSource>& b);

// Whether the operation says that all it applied was there already.
bool NothingApplied(const ArgoOperation& operation);

// A sync that the application shows: nothing was applied to it since.
struct ShownSync {
  absl::Time started_at;
  absl::Time finished_at;
  const std::vector<ArgoSource>& sources;
};

// When the health turned after it. At most one of the two is known at any time.
struct HealthAfter {
  std::optional<absl::Time> healthy_at;
  std::optional<absl::Time> degraded_at;
};
HealthAfter HealthAfterSync(const ArgoApplication& application, const ShownSync& sync, const ArgoOptions& options);

// How well the images of a sync are known. The numbers are the order.
enum class ImagesFrom {
  kNowhere = 0,
  kRunning = 1,         // what runs, as soon as that is healthy
  kRunningSettled = 2,  // what still runs when what ran before has gone
  kResult = 3,          // what the sync applied
};
struct SyncImages {
  ImagesFrom from = ImagesFrom::kNowhere;
  std::vector<std::string> images;
};
// `operation`: that of the sync, if it is known.
SyncImages ImagesOfSync(const ArgoApplication& application, const ShownSync& sync, const ArgoOperation* operation,
                        const ArgoOptions& options);

// What the sync's manifests were rendered from, where a source hydrator says.
const ArgoHydration* HydrationOf(const ArgoApplication& application, const std::vector<ArgoSource>& sources);

}  // namespace headway::argocd

#endif  // HEADWAY_INGESTER_ARGOCD_SYNC_FACTS_H_
