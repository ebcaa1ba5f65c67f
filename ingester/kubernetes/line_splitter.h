// Cuts the body of a watch into its lines, one event each, however the bytes come.
#ifndef HEADWAY_INGESTER_KUBERNETES_LINE_SPLITTER_H_
#define HEADWAY_INGESTER_KUBERNETES_LINE_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace headway::kubernetes {

// Holds at most one line. Not thread-safe.
class LineSplitter {
 public:
  explicit LineSplitter(size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  // Gives each line that has become whole, without its end; blank ones are left out, longer ones than allowed are counted instead. What was cut off at the end of a
  // body is never given. A line is valid during the call. Stops at the first status that is not OK and returns it; the rest of the piece is then lost.
  absl::Status Feed(absl::string_view piece, absl::FunctionRef<absl::Status(absl::string_view line)> take);

  // Lines that were too long, so far.
  int64_t too_long() const { return too_long_; }

 private:
  void Hold(absl::string_view part);

  const size_t max_line_bytes_;
  std::string held_;          // of the line that has not ended
  bool is_skipping_ = false;  // it is too long already
  int64_t too_long_ = 0;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_LINE_SPLITTER_H_
