// The application itself: what entities, environments and what is not counted are decided by.
#ifndef HEADWAY_INGESTER_ARGOCD_DECLARE_STREAM_H_
#define HEADWAY_INGESTER_ARGOCD_DECLARE_STREAM_H_

#include <string>
#include <vector>

#include "headway/v1/observation.pb.h"
#include "ingester/argocd/application.h"
#include "ingester/argocd/observe_application.h"

namespace headway::argocd {

// Adds to *notes what could not be said.
v1::StreamDeclaration DeclareStream(const ArgoApplication& application, const ArgoOptions& options,
                                    std::vector<std::string>* notes);

}  // namespace headway::argocd

#endif  // HEADWAY_INGESTER_ARGOCD_DECLARE_STREAM_H_
