// What the reflector itself reads of objects, events and lists: who they are and which version, no more. simdjson stays in object_meta.cc.
#ifndef HEADWAY_INGESTER_KUBERNETES_OBJECT_META_H_
#define HEADWAY_INGESTER_KUBERNETES_OBJECT_META_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingester/kubernetes/list_splitter.h"

namespace headway::kubernetes {

// What is kept of any object.
struct ObjectMeta {
  std::string kind;  // may be empty in lists of kinds that are built in
  std::string name;
  std::string resource_version;
  bool ends_initial_events = false;  // annotated k8s.io/initial-events-end: "true"
};

// One line of a watch.
struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError, kUnknown };
  Type type = Type::kUnknown;
  absl::string_view object;  // its JSON, within the line
};

// Reads one object, event or list head after another. Not thread-safe.
class ObjectReader {
 public:
  ObjectReader();
  ~ObjectReader();

  // The event of a line. INVALID_ARGUMENT: it is none.
  absl::StatusOr<WatchEvent> ReadEvent(absl::string_view line);
  // INVALID_ARGUMENT: no object with metadata, or no UTF-8.
  absl::StatusOr<ObjectMeta> ReadMeta(absl::string_view object);
  // What a Status object says (an ERROR event, the body of a refusal), as an absl::Status that is not OK; see api_status.h for which code means what.
  // INVALID_ARGUMENT: it is no Status.
  struct StatusObject {
    int code = 0;
    std::string reason;
    std::string message;
    std::string cause;  // the reason of the first of details.causes
    int64_t retry_after_seconds = 0;
  };
  absl::StatusOr<StatusObject> ReadStatus(absl::string_view object);

 private:
  struct Parser;
  const std::unique_ptr<Parser> parser_;
};

// From the values of "kind" and "metadata" of a list. INVALID_ARGUMENT: one cannot be read, or there is no resource version.
absl::StatusOr<ListHead> DecodeListHead(absl::string_view kind_json, absl::string_view metadata_json);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_OBJECT_META_H_
