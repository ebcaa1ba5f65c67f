// Who watches what: each distinct request is computed once for all of its watchers, when its entity changed, and when time alone changes its numbers.
//
// Watchers of one entity (or pool) with the same parameters share a *topic*. A notice that an entity changed is a hint: after 100 ms, in which further ones gather, the
// versions of all hinted entities are looked up in one statement, and topics whose version moved are computed. What differs from what was sent last goes to
// every stream of the topic; a stream keeps only the latest (watch_stream.h).
#ifndef HEADWAY_SERVICES_METRICS_WATCH_HUB_H_
#define HEADWAY_SERVICES_METRICS_WATCH_HUB_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/store/entity_notice.h"
#include "aggregator/store/rows_reader.h"
#include "headway/v1/metrics.pb.h"
#include "services/base/clock.h"
#include "services/metrics/watch_facts.h"

namespace headway {

using WatchAnswer = std::shared_ptr<const v1::GetEntityMetricsResponse>;

// The receiving end of one watcher. Thread-safe; neither call blocks or calls the hub.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // The newest answer; one that was not sent yet is forgotten.
  virtual void Offer(WatchAnswer answer) = 0;
  // No more answers; at most once, and nothing after it.
  virtual void End(absl::Status status) = 0;
};

// Thread-safe, but for Step, which one thread calls.
class WatchHub {
 public:
  struct Options {
    absl::Duration debounce = absl::Milliseconds(100);
    absl::Duration retry = absl::Seconds(1);         // after the store failed
    absl::Duration look_at_all = absl::Seconds(30);  // notices can be lost: versions are looked up at least so often
    size_t max_watchers = 2000;
  };
  // All block, and are called by Step only.
  struct Backend {
    std::function<absl::Status(const v1::GetEntityMetricsRequest&, v1::GetEntityMetricsResponse*, WatchFacts*)> compute;
    std::function<absl::StatusOr<std::vector<EntityState>>(absl::Span<const std::string>)> versions;
    // Whether a source has come further than the answer says, as of this version of statuses; empty: never.
    std::function<bool(int64_t statuses_version, const v1::GetEntityMetricsResponse&)> sources_moved;
  };

  WatchHub(Options options, Backend backend, const Clock* clock)
      : options_(options), backend_(std::move(backend)), clock_(*clock) {}

  // The request is normalised: two that mean the same are the same bytes. The first answer comes soon. RESOURCE_EXHAUSTED: too many watchers; UNAVAILABLE: stops.
  absl::Status Subscribe(const v1::GetEntityMetricsRequest& request, std::shared_ptr<Watcher> watcher);
  void Unsubscribe(const Watcher* watcher);

  // What the listener heard.
  void Hear(const EntityNotice& notice);

  // Does everything that is due, and says when something will be, if nothing else happens.
  absl::Time Step();
  // Waits until then, or until something else happens. `limit` bounds the wait in real time.
  void WaitUntil(absl::Time due, absl::Duration limit);

  // Ends every watch with UNAVAILABLE; no new ones are taken.
  void Drain();

  size_t watchers() const;
  size_t topics() const;

 private:
  struct Topic {
    v1::GetEntityMetricsRequest request;
    std::string entity_ref;        // what it is called now, once that is known
    std::vector<uint64_t> hashes;  // of all entities whose changes may change it, sorted
    int64_t version = -1;
    WatchAnswer answer;                                 // the last one
    std::string sent;                                   // fingerprint of what was sent last
    absl::Time compute_at = absl::InfinitePast();       // whatever the version
    absl::Time look_at = absl::InfiniteFuture();        // compute if the version moved
    std::map<std::shared_ptr<Watcher>, bool> watchers;  // whether it has got an answer
  };
  using Topics = std::map<std::string, std::shared_ptr<Topic>>;

  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { woken_ = true; }
  std::vector<std::shared_ptr<Topic>> TakeDue(absl::Time now, bool looks) ABSL_LOCKS_EXCLUDED(mutex_);
  void LookAtVersions(absl::Time now);
  void Compute(const std::shared_ptr<Topic>& topic);
  void Publish(const std::shared_ptr<Topic>& topic, WatchAnswer answer, const WatchFacts& facts)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Fail(const std::shared_ptr<Topic>& topic, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Time NextDue() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const Backend backend_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  Topics topics_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<const Watcher*, std::string> keys_ ABSL_GUARDED_BY(mutex_);  // of the topic
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time look_at_all_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_WATCH_HUB_H_
