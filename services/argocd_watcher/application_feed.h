// From the objects that a reflector takes to observations that are stored.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_APPLICATION_FEED_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_APPLICATION_FEED_H_

#include <string>

#include "headway/v1/ingest.pb.h"
#include "ingester/argocd/application_decoder.h"
#include "ingester/argocd/observe_application.h"
#include "ingester/kubernetes/object_sink.h"
#include "ingester/kubernetes/timing.h"
#include "services/argocd_watcher/known_applications.h"
#include "services/argocd_watcher/source_report.h"
#include "services/argocd_watcher/watch_instruments.h"
#include "services/ingest_client/ingest_client.h"

namespace headway {

// Belongs to one reflector and its thread. Holds at most one batch: while the store is out of reach Take and Deliver block, and try until it is there again or the timing
// stops (CANCELLED). All that is given must outlive it.
class ApplicationFeed : public kubernetes::ObjectSink {
 public:
  // name_space: where all of its applications are; empty: anywhere.
  ApplicationFeed(ArgoOptions options, std::string name_space, IngestClient* client, kubernetes::Timing* timing,
                  SourceReport* report, WatchInstruments* instruments);

  absl::Status Take(kubernetes::ObjectChange change, absl::string_view object) override;
  absl::Status Deliver() override;
  void ListBegins() override { known_.ListBegins(); }
  absl::Status ListEnds(bool is_whole, absl::string_view version) override;

 private:
  absl::Status Add(v1::Observation observation);
  absl::Status Send();
  // Says of what another process declared, and the first list lacked, that it is gone. Statuses of IngestClient.
  absl::Status RetireVanished();
  void Count(const v1::IngestResponse& response);

  const ArgoOptions options_;
  const std::string name_space_;
  IngestClient* const client_;
  kubernetes::Timing* const timing_;
  SourceReport* const report_;
  WatchInstruments* const instruments_;
  ApplicationDecoder decoder_;
  KnownApplications known_;
  bool has_listed_ = false;
  std::string unretired_;  // the first whole list's version, until what it lacked is retired
  absl::Duration ask_at_;  // as the timing's Elapsed: not before
  v1::IngestRequest batch_;
  size_t batch_bytes_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_APPLICATION_FEED_H_
