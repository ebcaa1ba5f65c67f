// Keeps a sink up to date with all objects of one kind: lists them, watches them, and goes on from where it was after whatever happens. It behaves as the reflector of
// client-go does; docs/sources/kubernetes.md tells where it differs, and why.
#ifndef HEADWAY_INGESTER_KUBERNETES_REFLECTOR_H_
#define HEADWAY_INGESTER_KUBERNETES_REFLECTOR_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ingester/kubernetes/back_off.h"
#include "ingester/kubernetes/kubernetes_api.h"
#include "ingester/kubernetes/object_meta.h"
#include "ingester/kubernetes/object_sink.h"
#include "ingester/kubernetes/timing.h"

namespace headway::kubernetes {

struct ReflectorOptions {
  std::string path;  // "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
  std::string kind;  // "Application"
  size_t max_object_bytes = 4 << 20;
  int page_objects = 500;                      // where the server divides a list
  bool use_watch_list = true;                  // ask for a list as the beginning of a watch, where the server can
  absl::Duration silence = absl::Seconds(30);  // of a watch, after which the server is asked whether it is there
  absl::Duration probe_within = absl::Seconds(10);
};

// Not thread-safe: everything happens in Run. All that is given must outlive it.
class Reflector {
 public:
  Reflector(ReflectorOptions options, KubernetesApi* api, ObjectSink* sink, ReflectorObserver* observer,
            Timing* timing);

  // Lists and watches until the API or the sink is cancelled or the timing stops. Whatever else fails is told to the observer and tried again.
  void Run();

 private:
  struct Stream;  // a watch that is open

  absl::Status List();
  absl::StatusOr<std::string> ListFrom(const std::string& version, bool* is_whole);
  absl::StatusOr<ListHead> ListPage(const std::string& query, bool* is_whole);
  absl::Status Listed(const std::string& version, bool is_whole);
  std::string ListVersion() const;

  absl::Status Watch(bool with_initial_events);
  absl::Status Open(bool with_initial_events, Stream* stream);
  absl::Status Follow(Stream& stream);
  absl::Status OnSilence(Stream& stream);
  absl::Status OnLine(Stream& stream, absl::string_view line);
  absl::Status OnObject(Stream& stream, const WatchEvent& event);
  absl::Status DeliverSeen(Stream& stream);
  absl::Status EndOfInitialEvents(Stream& stream);
  absl::Status AfterInitialEvents(const absl::Status& ended);
  absl::Status AfterWatch(const Stream& stream, const absl::Status& ended);
  std::string WatchQuery(bool with_initial_events);

  absl::StatusOr<std::unique_ptr<ApiAnswer>> Ask(const std::string& path, absl::Duration within);
  absl::Status Probe();
  absl::Status TakeObject(ObjectChange change, absl::string_view object, bool* is_whole);
  absl::Status Step();
  bool Pause(const absl::Status& after);

  const ReflectorOptions options_;
  KubernetesApi* const api_;
  ObjectSink* const sink_;
  ReflectorObserver* const observer_;
  Timing* const timing_;
  BackOff back_off_;
  ObjectReader reader_;

  std::string version_;  // up to here everything was delivered; empty: nothing was
  bool needs_list_ = true;
  bool is_version_useless_ = false;  // the server does not have it: list whatever is latest
  bool is_divided_ = false;          // the server divides a list at resourceVersion 0: it has no cache
  bool use_watch_list_;
  ListCause list_cause_ = ListCause::kFirst;
  int short_watches_ = 0;  // in a row
  const char* doing_ = "list";
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_REFLECTOR_H_
