// From the objects that a reflector takes to observations that are stored.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_APPLICATION_FEED_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_APPLICATION_FEED_H_

#include <string>

#include "headway/v1/ingest.pb.h"
#include "ingester/argocd/application_decoder.h"
#include "ingester/argocd/observe_application.h"
#include "ingester/delivery/observation_sink.h"
#include "ingester/kubernetes/object_sink.h"
#include "ingester/kubernetes/timing.h"
#include "services/argocd_watcher/known_applications.h"
#include "services/argocd_watcher/source_report.h"
#include "services/argocd_watcher/watch_instruments.h"

namespace headway {

// Belongs to one reflector and its thread. Holds at most one batch: while the store is out of reach Take and Deliver block, and try until it is there again or the timing
// stops (CANCELLED). All that is given must outlive it.
class ApplicationFeed : public kubernetes::ObjectSink {
 public:
  ApplicationFeed(ArgoOptions options, ObservationSink* sink, kubernetes::Timing* timing, SourceReport* report,
                  WatchInstruments* instruments);

  absl::Status Take(kubernetes::ObjectChange change, absl::string_view object) override;
  absl::Status Deliver() override;
  void ListBegins() override { known_.ListBegins(); }
  absl::Status ListEnds(bool is_whole) override;

 private:
  absl::Status Add(v1::Observation observation);
  void Count(const v1::IngestResponse& response);

  const ArgoOptions options_;
  ObservationSink* const sink_;
  kubernetes::Timing* const timing_;
  SourceReport* const report_;
  WatchInstruments* const instruments_;
  ApplicationDecoder decoder_;
  KnownApplications known_;
  v1::IngestRequest batch_;
  size_t batch_bytes_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_APPLICATION_FEED_H_
