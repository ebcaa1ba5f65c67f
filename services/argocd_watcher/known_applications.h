// What was sent of each application, so that only what changed is sent, and so that it is noticed when one is gone.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_KNOWN_APPLICATIONS_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_KNOWN_APPLICATIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "headway/v1/observation.pb.h"
#include "ingester/argocd/observe_application.h"

namespace headway {

// Forgetting is harmless: what was sent is sent again, and stored once. Of an application about 24 bytes for each observation and its declaration are kept; of at most
// `most` applications. Not thread-safe.
class KnownApplications {
 public:
  explicit KnownApplications(size_t most = 200'000) : most_(most) {}

  // Moves what has to be sent of it to *news; returns how many observations say only what was sent already.
  int64_t Update(ArgoObservations observations, std::vector<v1::Observation>* news);
  // It is gone.
  void Remove(const std::string& stream) { applications_.erase(stream); }

  // From here on applications are counted as listed.
  void ListBegins() { ++list_; }
  // Removes those that were not updated since, and returns their last declarations.
  std::vector<v1::Observation> TakeUnlisted();
  // Whether it was updated and not removed; true, too, where too many came to remember.
  bool MayBeThere(const std::string& stream) const { return has_forgotten_ || applications_.contains(stream); }

  size_t size() const { return applications_.size(); }

 private:
  // An observation that was sent. `key`: of what it is about.
  struct Sent {
    uint64_t key = 0;
    uint64_t fingerprint = 0;
    uint64_t version = 0;
  };
  struct Application {
    int64_t list = 0;
    std::vector<Sent> sent;
    std::string declaration;  // serialised
  };

  const size_t most_;
  int64_t list_ = 0;
  bool has_forgotten_ = false;
  absl::flat_hash_map<std::string, Application> applications_;  // by stream
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_KNOWN_APPLICATIONS_H_
