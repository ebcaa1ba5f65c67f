// The application itself: what entities, environments and what is not counted are decided by.
#ifndef HEADWAY_INGESTER_ARGOCD_DECLARE_STREAM_H_
#define HEADWAY_INGESTER_ARGOCD_DECLARE_STREAM_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "headway/v1/observation.pb.h"
#include "ingester/argocd/application.h"
#include "ingester/argocd/observe_application.h"

namespace headway::argocd {

// Adds to *notes what could not be said.
v1::StreamDeclaration DeclareStream(const ArgoApplication& application, const ArgoOptions& options,
                                    std::vector<std::string>* notes);

// Whether a list of this resource version would hold the application if it was still there: it was declared from an object that is no newer. False for a version
// that is no number, and for a declaration that was not made from an Application.
bool WasDeclaredBy(const v1::StreamDeclaration& stream, absl::string_view list_version);

}  // namespace headway::argocd

#endif  // HEADWAY_INGESTER_ARGOCD_DECLARE_STREAM_H_
