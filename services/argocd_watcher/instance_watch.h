// One Argo CD instance: its reflectors, their threads, and the report of how it goes.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_INSTANCE_WATCH_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_INSTANCE_WATCH_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "ingester/kubernetes/cluster.h"
#include "ingester/kubernetes/timing.h"
#include "services/argocd_watcher/source_report.h"
#include "services/argocd_watcher/watch_instruments.h"
#include "services/ingest_client/ingest_client.h"

namespace headway {

struct WatchedInstance {
  std::string name = "argocd";          // Observation.source is "argocd:<name>"
  std::vector<std::string> namespaces;  // where its Applications are; empty: all
  kubernetes::Cluster cluster;
};

// Calls come from one thread.
class InstanceWatch {
 public:
  // The client and the instruments must outlive it.
  InstanceWatch(WatchedInstance instance, IngestClient* client, Instruments& instruments);
  ~InstanceWatch();  // stops

  // Starts the threads. INVALID_ARGUMENT: the cluster's address is none.
  absl::Status Start();
  // Asks everything to end; then waits until it has. The client must have been cancelled before Stop.
  void Cancel();
  void Stop();

 private:
  class Reflecting;

  absl::Status Add(const std::string& name_space);
  void KeepReporting();

  const WatchedInstance instance_;
  IngestClient* const client_;
  WatchInstruments instruments_;
  SourceReport report_;
  kubernetes::SystemTiming timing_;  // of the report
  std::vector<std::unique_ptr<Reflecting>> reflecting_;
  std::thread reporting_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_INSTANCE_WATCH_H_
