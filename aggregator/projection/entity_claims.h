// What the annotations of entities say of streams. Pure, thread-safe.
//
//   argocd/app-name        the Application's name, or several with commas     only streams of sources "argocd" and "argocd:..."
//   argocd/app-selector    a label selector over the Application's labels     likewise; it must ask for at least one label
//   argocd/app-namespace, argocd/instance-name   narrow both
//   backstage.io/kubernetes-id   the stream's label of the same name
//
// Users, groups, locations and templates claim nothing.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_ENTITY_CLAIMS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_ENTITY_CLAIMS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregator/projection/label_selector.h"
#include "aggregator/projection/stream_facts.h"

namespace headway {

inline constexpr char kAppName[] = "argocd/app-name";
inline constexpr char kAppSelector[] = "argocd/app-selector";
inline constexpr char kAppNamespace[] = "argocd/app-namespace";
inline constexpr char kInstanceName[] = "argocd/instance-name";
inline constexpr char kKubernetesId[] = "backstage.io/kubernetes-id";

struct EntityClaims {
  std::string entity_ref;
  std::vector<std::string> app_names;
  std::vector<std::string> app_namespaces;  // empty: any
  std::vector<std::string> instances;       // empty: any
  std::optional<LabelSelector> selector;
  std::string selector_text;
  std::string kubernetes_id;
};
EntityClaims ClaimsOf(const std::string& entity_ref, const Labels& annotations);

// Terms that claims and streams meet by: a stream that a claim fits has one of the claim's terms. Sorted, unique.
std::vector<std::string> TermsOf(const EntityClaims& claims);
std::vector<std::string> TermsOf(const StreamFact& stream);

// Whether annotations argocd/... are about this source.
bool IsArgoCd(absl::string_view source);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_ENTITY_CLAIMS_H_
