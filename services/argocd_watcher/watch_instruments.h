// What the watcher counts. Labels are from closed sets: the instances of the configuration, and lists that are written here.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_WATCH_INSTRUMENTS_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_WATCH_INSTRUMENTS_H_

#include <array>
#include <string>

#include "services/base/instruments.h"

namespace headway {

// Of one Argo CD instance. Thread-safe.
struct WatchInstruments {
  WatchInstruments(Instruments& instruments, const std::string& instance);

  prometheus::Gauge& last_contact;                   // Unix seconds
  prometheus::Gauge& lag;                            // seconds since everything was known to be delivered
  prometheus::Gauge& watches;                        // that are to be open
  prometheus::Gauge& connected;                      // that are
  prometheus::Gauge& problems;                       // that keep it from seeing everything
  prometheus::Counter& retries;                      // of deliveries
  std::array<prometheus::Counter*, 5> events;        // by kubernetes::ObjectOutcome
  std::array<prometheus::Counter*, 3> lists;         // by kubernetes::ListCause
  std::array<prometheus::Counter*, 4> observations;  // by ObservationOutcome
};

// What became of an observation.
enum class ObservationOutcome { kStored, kDuplicate, kRejected, kUnchanged };

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_WATCH_INSTRUMENTS_H_
