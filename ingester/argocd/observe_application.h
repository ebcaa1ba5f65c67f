// What an Application says, as observations. Pure: of the same Application always the same bytes, so that two watchers, a relist and a restart store
// nothing twice. docs/sources/argocd.md says what becomes what.
#ifndef HEADWAY_INGESTER_ARGOCD_OBSERVE_APPLICATION_H_
#define HEADWAY_INGESTER_ARGOCD_OBSERVE_APPLICATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"
#include "ingester/argocd/application.h"

namespace headway {

struct ArgoOptions {
  // As annotation argocd/instance-name calls it. The observations' source is "argocd:<instance>".
  std::string instance = "argocd";
  // A change of health belongs to the last sync if it comes within this time after it; later ones have other causes.
  absl::Duration health_window = absl::Hours(6);
  // An application that Argo CD has assessed this long after a sync, and whose health has not changed since, was not disturbed by it.
  absl::Duration health_settles = absl::Minutes(2);
};

struct ArgoObservations {
  // The application itself: a StreamDeclaration. Its version follows every change of the object, so most differ from the one before in it
  // alone: Fingerprint tells.
  v1::Observation stream;
  // Deployments, and what takes pending ones back. Oldest first. An entry of the history says the same each time until more is known of
  // it; then its version is greater. One of version 1 says nothing that one of a greater version does not.
  std::vector<v1::Observation> deployments;
  // What could not be said, and why. The decoder's notes come first.
  std::vector<std::string> notes;
};

// Every observation passes the checks of IngestService.
ArgoObservations ObserveApplication(const ArgoApplication& application, const ArgoOptions& options);

// The same application, gone: for a DELETED event with the declaration of the object that it brings, and for one that a new list lacks with
// the last declaration that there was.
v1::Observation ObserveGone(v1::Observation stream);

// Equal for observations that say the same, whatever the version of a stream's declaration: what need not be sent again. Not for storage.
uint64_t Fingerprint(const v1::Observation& observation);

}  // namespace headway

#endif  // HEADWAY_INGESTER_ARGOCD_OBSERVE_APPLICATION_H_
