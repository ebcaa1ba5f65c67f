#include "services/argocd_watcher/watch_instruments.h"

namespace headway {
namespace {

// Not "instance": Prometheus calls the target so that it scrapes.
constexpr char kLabel[] = "argocd_instance";
constexpr const char* kEvents[] = {"taken", "bookmark", "too_large", "broken", "unknown_type"};
constexpr const char* kLists[] = {"first", "expired", "other"};
constexpr const char* kObservations[] = {"stored", "duplicate", "rejected", "unchanged"};

template <size_t N>
void Fill(std::array<prometheus::Counter*, N>* counters, Instruments& instruments, const std::string& instance,
          const char* name, const char* help, const char* label, const char* const (&values)[N]) {
  for (size_t i = 0; i < N; ++i) {
    (*counters)[i] = &instruments.Counter(name, help, {{kLabel, instance}, {label, values[i]}});
  }
}

}  // namespace

WatchInstruments::WatchInstruments(Instruments& made, const std::string& name)
    : last_contact(made.Gauge("argocd_last_contact_timestamp_seconds", "When the API server was last heard; 0: never.",
                              {{kLabel, name}})),
      lag(made.Gauge("argocd_lag_seconds", "Time since all that the API server had said was stored.",
                     {{kLabel, name}})),
      watches(made.Gauge("argocd_watches", "Watches that are to be open.", {{kLabel, name}})),
      connected(made.Gauge("argocd_watches_connected", "Watches that are open.", {{kLabel, name}})),
      problems(made.Gauge("argocd_problems", "What keeps the watcher from seeing everything now.", {{kLabel, name}})),
      retries(made.Counter("argocd_delivery_retries_total", "Batches that had to be sent again.", {{kLabel, name}})),
      events(),
      lists(),
      observations() {
  Fill(&events, made, name, "argocd_events_total", "Objects and events of the API server, by what became of them.",
       "outcome", kEvents);
  Fill(&lists, made, name, "argocd_lists_total", "Lists that were asked for, by why.", "cause", kLists);
  Fill(&observations, made, name, "argocd_observations_total", "Observations, by what became of them.", "outcome",
       kObservations);
}

}  // namespace headway
