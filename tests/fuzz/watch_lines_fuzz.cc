// The body of a watch, in pieces of any size: the same lines whatever the pieces, none longer than allowed, and every one ends in an event or a refusal.
// The first byte of the input chooses the size of the pieces and of the longest line.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "ingester/kubernetes/api_status.h"
#include "ingester/kubernetes/line_splitter.h"
#include "ingester/kubernetes/object_meta.h"
#include "tests/fuzz/promise.h"

namespace headway::kubernetes {
namespace {

using fuzz::Promise;

struct Split {
  std::vector<std::string> lines;
  int64_t too_long = 0;
};

Split SplitInto(absl::string_view body, size_t piece, size_t longest) {
  LineSplitter splitter(longest);
  Split split;
  const auto take = [&](absl::string_view line) {
    Promise(line.size() <= longest, "no line is longer than allowed");
    Promise(!absl::StrContains(line, "\n"), "a line has no end in it");
    split.lines.emplace_back(line);
    return absl::OkStatus();
  };
  for (size_t at = 0; at < body.size(); at += piece) {
    Promise(splitter.Feed(body.substr(at, piece), take).ok(), "what is taken goes on");
  }
  split.too_long = splitter.too_long();
  return split;
}

// Reads a line as the reflector does.
void ReadLine(ObjectReader& reader, const std::string& line) {
  const absl::StatusOr<WatchEvent> event = reader.ReadEvent(line);
  if (!event.ok()) return;
  const char* begin = event->object.data();
  Promise(begin >= line.data() && begin + event->object.size() <= line.data() + line.size(),
          "an object is in its line");
  Promise(event->object.front() == '{', "an object is one");
  if (event->type == WatchEvent::Type::kError) {
    const absl::optional<absl::Status> error = StatusOfErrorEvent(event->object);
    Promise(!error.has_value() || !error->ok(), "an error is no success");
    return;
  }
  const absl::StatusOr<ObjectMeta> meta = reader.ReadMeta(event->object);
  Promise(!meta.ok() || meta->resource_version.size() <= 128, "a version is short");
}

}  // namespace
}  // namespace headway::kubernetes

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  if (size == 0) return 0;
  const absl::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t longest = size_t{1} << (data[0] & 15);
  const headway::kubernetes::Split whole = headway::kubernetes::SplitInto(body, body.size() + 1, longest);
  const headway::kubernetes::Split pieces = headway::kubernetes::SplitInto(body, 1 + (data[0] >> 4), longest);
  Promise(whole.lines == pieces.lines && whole.too_long == pieces.too_long, "pieces change nothing");
  headway::kubernetes::ObjectReader reader;
  for (const std::string& line : whole.lines) headway::kubernetes::ReadLine(reader, line);
  return 0;
}
