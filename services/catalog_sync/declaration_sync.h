// Keeps what is stored equal to what a source declares: sends the difference, remembers it once it is stored.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_DECLARATION_SYNC_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_DECLARATION_SYNC_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ingester/delivery/declared_set.h"
#include "ingester/delivery/observation_sink.h"
#include "services/base/clock.h"
#include "services/base/instruments.h"

namespace headway {

struct DeclarationSyncOptions {
  std::string source;                         // Observation.source
  std::string state_file;                     // where it is remembered what was sent; empty: nowhere
  int missing_before_gone = 2;                // as DeclaredSet
  const Clock* clock = nullptr;               // required
  std::function<bool()> stopping;             // asked while waiting; required
  std::function<void(absl::Duration)> sleep;  // ends early when stopping; required
};

// Not thread-safe.
class DeclarationSync {
 public:
  // The sink and the instruments must outlive this.
  DeclarationSync(DeclarationSyncOptions options, ObservationSink* sink, Instruments& instruments);

  // Sends what differs, and what is gone. UNAVAILABLE and the like: it could not be stored; it is sent again the next time.
  absl::Status Send(absl::Span<const Declared> all,
                    const std::function<bool(const std::vector<std::string>& files)>& may_be_hidden);
  // Sends one observation by itself, once.
  absl::Status SendOne(const v1::Observation& observation);

  // Something is missing that was not yet sent as deleted.
  bool has_missing() const { return set_.has_missing(); }
  size_t size() const { return set_.size(); }
  // What was refused when it was to be stored, and why, by what it is about ("component:default/a"). Until it changes.
  const std::map<std::string, std::string>& refused() const { return refused_; }

 private:
  absl::Status Deliver(const std::vector<v1::Observation>& observations, const std::vector<std::string>& keys);

  const DeclarationSyncOptions options_;
  ObservationSink* const sink_;
  prometheus::Counter& stored_;
  prometheus::Counter& duplicates_;
  prometheus::Counter& rejected_;
  DeclaredSet set_;
  std::map<std::string, std::string> refused_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_DECLARATION_SYNC_H_
