#include "aggregator/projection/deployment_knowledge.h"

#include <tuple>

namespace headway {
namespace {

using google::protobuf::Timestamp;

bool Before(const Timestamp& a, const Timestamp& b) {
  return std::make_tuple(a.seconds(), a.nanos()) < std::make_tuple(b.seconds(), b.nanos());
}

}  // namespace

bool KnowsOfTheSame(const v1::Deployment& other, const v1::Deployment& known) {
  return other.phase() == known.phase() && !other.withdrawn() && !known.withdrawn();
}

void AddKnowledge(const v1::Deployment& other, v1::Deployment* known) {
  if (known->images().empty()) *known->mutable_images() = other.images();
  if (known->synced().empty()) *known->mutable_synced() = other.synced();
  if (!known->has_rendered_from() && other.has_rendered_from()) {
    *known->mutable_rendered_from() = other.rendered_from();
  }
  // That nothing was to be applied is no knowledge of what was.
  if (known->effect() == v1::Deployment::EFFECT_UNSPECIFIED && other.effect() != v1::Deployment::DRY_RUN) {
    known->set_effect(other.effect());
  }
  if (other.automated()) known->set_automated(true);
  if (other.has_healthy_at() && (!known->has_healthy_at() || Before(other.healthy_at(), known->healthy_at()))) {
    *known->mutable_healthy_at() = other.healthy_at();
  }
  if (other.has_degraded_at() && (!known->has_degraded_at() || Before(other.degraded_at(), known->degraded_at()))) {
    *known->mutable_degraded_at() = other.degraded_at();
  }
}

}  // namespace headway
