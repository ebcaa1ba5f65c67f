// Checks of what a repository of manifests says; the first fault is the checker's. For validate.cc.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_MANIFESTS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_MANIFESTS_H_

#include "aggregator/projection/field_checker.h"
#include "headway/v1/observation.pb.h"

namespace headway {

void CheckManifestRevision(const v1::ManifestRevision& revision, FieldChecker& check);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_MANIFESTS_H_
