// Reading status.operationState of an Application, and the sources that it, and entries of the history, name.
#ifndef HEADWAY_INGESTER_ARGOCD_OPERATION_FIELDS_H_
#define HEADWAY_INGESTER_ARGOCD_OPERATION_FIELDS_H_

#include <vector>

#include "ingester/argocd/application.h"
#include "ingester/argocd/json_fields.h"

namespace headway::argocd {

// `sources` with `revisions` beside them, else `source` with `revision`.
std::vector<ArgoSource> ReadSources(const JsonObject& json);

// Fills application->operation, unless it cannot be told what the operation is.
void ReadOperation(const JsonObject& state, ArgoApplication* application);

}  // namespace headway::argocd

#endif  // HEADWAY_INGESTER_ARGOCD_OPERATION_FIELDS_H_
