// Shows how far a long command has come.
#ifndef HEADWAY_SERVICES_CLI_PROGRESS_H_
#define HEADWAY_SERVICES_CLI_PROGRESS_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace headway {

// How far: in bytes when a file is read, else in records alone.
struct ProgressState {
  int64_t bytes_done = 0;
  int64_t bytes_total = 0;  // 0: not known
  int64_t records = 0;
  int64_t retries = 0;
};

// "12,345"
std::string WithThousands(int64_t number);

// "[#####.....]  45 %  34.2 of 76.0 MB  23,400 records/s  12 s left"
std::string FormatProgress(const ProgressState& state, absl::Duration elapsed);

// A thread that shows a line on `err` again and again: on a terminal it is redrawn, else it is printed every ten seconds.
// Lines that others print meanwhile go through Print, so that they do not run into it.
class Progress {
 public:
  // `line` gets the time since the start, and is called from the thread.
  Progress(std::ostream& err, std::function<std::string(absl::Duration)> line);
  virtual ~Progress();

  // Thread-safe.
  void Print(absl::string_view line);
  // Takes the line away. Called by the destructor too.
  void Stop();

 private:
  void Loop();
  void Draw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::ostream& err_;
  const std::function<std::string(absl::Duration)> line_;
  const bool terminal_;
  const absl::Time begin_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool drawn_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// What work of several stages is at: "reading commits 12,000". Report may be called from any thread.
class Stage {
 public:
  void Report(absl::string_view name, int64_t count);
  std::string Format() const;

 private:
  mutable absl::Mutex mutex_;
  std::string name_ ABSL_GUARDED_BY(mutex_);
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_PROGRESS_H_
