#include "ingester/kubernetes/line_splitter.h"

#include "absl/strings/ascii.h"

namespace headway::kubernetes {

void LineSplitter::Hold(absl::string_view part) {
  if (is_skipping_) return;
  if (held_.size() + part.size() > max_line_bytes_) {
    is_skipping_ = true;
    ++too_long_;
    held_.clear();
    held_.shrink_to_fit();
    return;
  }
  held_.append(part.data(), part.size());
}

absl::Status LineSplitter::Feed(absl::string_view piece, absl::FunctionRef<absl::Status(absl::string_view)> take) {
  while (!piece.empty()) {
    const size_t end = piece.find('\n');
    if (end == absl::string_view::npos) {
      Hold(piece);
      return absl::OkStatus();
    }
    absl::string_view line = piece.substr(0, end);
    piece.remove_prefix(end + 1);
    const bool is_whole = held_.empty() && !is_skipping_ && line.size() <= max_line_bytes_;
    if (!is_whole) {
      Hold(line);
      line = held_;
    }
    absl::Status status;
    if (!is_skipping_ && !absl::StripAsciiWhitespace(line).empty()) status = take(line);
    held_.clear();
    is_skipping_ = false;
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace headway::kubernetes
