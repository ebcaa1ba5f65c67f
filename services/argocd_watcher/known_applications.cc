#include "services/argocd_watcher/known_applications.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace headway {

int64_t KnownApplications::Update(ArgoObservations observations, std::vector<v1::Observation>* news) {
  const std::string& stream = observations.stream.stream().stream();
  if (applications_.size() >= most_ && !applications_.contains(stream)) {
    applications_.erase(applications_.begin());
    has_forgotten_ = true;
  }
  Application& known = applications_[stream];
  known.list = list_;
  known.declaration = observations.stream.SerializeAsString();
  observations.deployments.push_back(std::move(observations.stream));
  int64_t unchanged = 0;
  std::vector<Sent> sent;
  sent.reserve(observations.deployments.size());
  for (v1::Observation& observation : observations.deployments) {
    const bool is_deployment = observation.has_deployment();
    const std::string& key = is_deployment ? observation.deployment().key() : observation.stream().stream();
    Sent now{absl::HashOf(is_deployment, key), Fingerprint(observation),
             is_deployment ? observation.deployment().version() : 0};
    const auto before =
        std::find_if(known.sent.begin(), known.sent.end(), [&](const Sent& one) { return one.key == now.key; });
    // The first version says nothing that another did not. Any other may: of a sync whose images were known, that it degraded.
    const bool is_known = before != known.sent.end() &&
                          (before->fingerprint == now.fingerprint || (now.version == 1 && before->version > 1));
    if (is_known) {
      ++unchanged;
      sent.push_back(*before);
      continue;
    }
    sent.push_back(now);
    news->push_back(std::move(observation));
  }
  known.sent = std::move(sent);
  return unchanged;
}

std::vector<v1::Observation> KnownApplications::TakeUnlisted() {
  std::vector<v1::Observation> gone;
  for (auto it = applications_.begin(); it != applications_.end();) {
    const auto current = it++;
    if (current->second.list == list_) continue;
    v1::Observation declaration;
    if (declaration.ParseFromString(current->second.declaration)) gone.push_back(std::move(declaration));
    applications_.erase(current);
  }
  return gone;
}

}  // namespace headway
