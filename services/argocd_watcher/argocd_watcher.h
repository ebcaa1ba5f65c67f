// The watcher of Argo CD as a part of a process: Applications in, observations out to IngestService. It holds no database password.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_WATCHER_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_WATCHER_H_

#include <memory>
#include <string>
#include <vector>

#include "services/argocd_watcher/instance_watch.h"
#include "services/base/instruments.h"
#include "services/runtime/service.h"

namespace headway {

struct ArgocdWatcherOptions {
  std::string ingest_address = "127.0.0.1:7400";  // of IngestService
  std::vector<WatchedInstance> instances;
};

// The instruments must outlive it. It is ready as soon as it runs: an API server that is out of reach is said in coverage, and no reason to restart it.
std::unique_ptr<Service> MakeArgocdWatcher(ArgocdWatcherOptions options, Instruments& instruments);

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_ARGOCD_WATCHER_H_
