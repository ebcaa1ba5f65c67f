// What one observation of a deployment knows that another does not. A source that keeps no memory (a watcher that shows today's state) sees some things for
// a while only: a later look must not take them back.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_DEPLOYMENT_KNOWLEDGE_H_
#define HEADWAY_AGGREGATOR_PROJECTION_DEPLOYMENT_KNOWLEDGE_H_

#include "headway/v1/observation.pb.h"

namespace headway {

// Adds to *known what it leaves open and `other` says: images, sources that were synced, what they were rendered from, the effect. Of the times at which
// health turned the earlier holds; it was automated if either says so. Only observations of one phase, none of them withdrawn, know of each other.
void AddKnowledge(const v1::Deployment& other, v1::Deployment* known);

// Whether AddKnowledge(other, known) may be called.
bool KnowsOfTheSame(const v1::Deployment& other, const v1::Deployment& known);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_DEPLOYMENT_KNOWLEDGE_H_
