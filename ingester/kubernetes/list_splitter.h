// Takes the answer to a list apart while it comes: each item as it is whole, then what the list says of itself. A page is never held.
#ifndef HEADWAY_INGESTER_KUBERNETES_LIST_SPLITTER_H_
#define HEADWAY_INGESTER_KUBERNETES_LIST_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingester/kubernetes/value_scanner.h"

namespace headway::kubernetes {

// What a list says of itself.
struct ListHead {
  std::string kind;              // "ApplicationList"
  std::string resource_version;  // the state that it shows
  std::string continue_token;    // empty: this was the last page
};

// Holds at most one item. Not thread-safe.
class ListSplitter {
 public:
  explicit ListSplitter(size_t max_item_bytes) : max_item_bytes_(max_item_bytes) {}

  // Gives each object of "items" that has become whole; it is valid during the call. Larger ones than allowed, and what is no object, are counted instead.
  // INVALID_ARGUMENT: this is no JSON object, nothing more can be made of it. Stops at the first status of `take` that is not OK and returns it.
  absl::Status Feed(absl::string_view piece, absl::FunctionRef<absl::Status(absl::string_view item)> take);

  // After the last piece. INVALID_ARGUMENT: it ended too early, or what it says of itself cannot be read.
  absl::StatusOr<ListHead> Finish() const;

  int64_t too_large() const { return too_large_; }
  int64_t broken() const { return broken_; }

 private:
  // What is expected next.
  enum class At { kStart, kKey, kColon, kValue, kInKey, kInValue, kItem, kInItem, kEnd };
  using Take = absl::FunctionRef<absl::Status(absl::string_view)>;

  absl::Status Structure(char c);
  absl::Status Advance(absl::string_view* piece, Take take);
  absl::Status EndOfValue(Take take);
  void Begin(At at, size_t limit);

  const size_t max_item_bytes_;
  At at_ = At::kStart;
  ValueScanner scanner_;
  std::string value_;     // the key, value or item that has not ended
  size_t limit_ = 0;      // of value_
  bool is_over_ = false;  // it is larger than that
  std::string key_;       // with its quotation marks
  std::string kind_json_;
  std::string metadata_json_;
  int64_t too_large_ = 0;
  int64_t broken_ = 0;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_LIST_SPLITTER_H_
