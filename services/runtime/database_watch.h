// Whether the database can be used, kept up to date by a thread of its own: connected to, and with a schema that this program can work with.
#ifndef HEADWAY_SERVICES_RUNTIME_DATABASE_WATCH_H_
#define HEADWAY_SERVICES_RUNTIME_DATABASE_WATCH_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"

namespace headway {

class DatabaseWatch {
 public:
  explicit DatabaseWatch(DatabaseUrl url);
  ~DatabaseWatch();  // stops

  void Start();
  void Stop();

  // The outcome of the latest look, at most a second old: OK, UNAVAILABLE (out of reach), FAILED_PRECONDITION (schema too old: the message says to run
  // headway-migrate), PERMISSION_DENIED. Does not block; thread-safe.
  absl::Status status() const;
  // Waits until the database can be used. False: stopped, or the time is over.
  bool WaitUntilReady(absl::Duration wait) const;

 private:
  void Loop();

  const DatabaseUrl url_;
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("not connected to PostgreSQL yet");
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_RUNTIME_DATABASE_WATCH_H_
