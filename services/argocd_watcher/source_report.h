// What one Argo CD instance says of itself: how far it has come, and what keeps it from seeing everything. It adds up what its watches tell.
#ifndef HEADWAY_SERVICES_ARGOCD_WATCHER_SOURCE_REPORT_H_
#define HEADWAY_SERVICES_ARGOCD_WATCHER_SOURCE_REPORT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"
#include "headway/v1/source.pb.h"
#include "ingester/kubernetes/object_sink.h"
#include "services/argocd_watcher/watch_instruments.h"
#include "services/base/clock.h"

namespace headway {

// Thread-safe. The clock and the instruments must outlive it.
class SourceReport {
 public:
  SourceReport(std::string source, const Clock* clock, WatchInstruments* instruments);
  ~SourceReport();

  // What a watch tells goes here. `where`: "in namespace argocd". Before the first report; lives as long as this.
  kubernetes::ReflectorObserver* AddWatch(std::string where);

  // A stored batch had records that were refused; `why` names the first one's field.
  void Refused(absl::string_view why);

  // Blocks for at most `within`, until there are other problems than in the last report, all watches have caught up for the first time, or Stop is called.
  // Whether there is something new to report.
  bool AwaitChange(absl::Duration within) const;
  void Stop();

  // Now. What it says of problems counts as said.
  v1::Observation Report();
  // Those that time moves.
  void UpdateGauges() const;

 private:
  class Watch;
  struct Trouble {
    v1::SourceProblem problem;
    absl::Time last;
  };

  std::vector<v1::SourceProblem> Problems() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What makes a report the same as another: not its times, nor the details of its problems.
  std::string WhatIsSaid() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time CompleteUntil() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string source_;
  const Clock* const clock_;
  WatchInstruments* const instruments_;
  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  std::optional<Trouble> refused_ ABSL_GUARDED_BY(mutex_);
  std::string last_said_ ABSL_GUARDED_BY(mutex_);  // WhatIsSaid of the last report
  bool has_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_ARGOCD_WATCHER_SOURCE_REPORT_H_
