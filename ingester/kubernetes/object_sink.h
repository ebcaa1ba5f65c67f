// Where the reflector's objects go, and what it tells of itself: two seams that it owns.
#ifndef HEADWAY_INGESTER_KUBERNETES_OBJECT_SINK_H_
#define HEADWAY_INGESTER_KUBERNETES_OBJECT_SINK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace headway::kubernetes {

enum class ObjectChange { kPresent, kDeleted };

// Called from the reflector's thread only. CANCELLED from any of these ends the reflector.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;

  // One object as JSON, valid during the call. May keep it for later or block until there is room. INVALID_ARGUMENT: it cannot be understood; it is counted and the
  // reflector goes on.
  virtual absl::Status Take(ObjectChange change, absl::string_view object) = 0;
  // Blocks until all that was taken is stored, however long that takes: only then the reflector goes on from a later resource version.
  virtual absl::Status Deliver() = 0;
  // A list of everything begins. It may end too early; then it begins again.
  virtual void ListBegins() = 0;
  // It was delivered. `is_whole`: what was known and not in it is gone; else some of its objects could not be read. `version`: its resource version.
  virtual absl::Status ListEnds(bool is_whole, absl::string_view version) = 0;
};

// What becomes of one event or listed object.
enum class ObjectOutcome { kTaken, kBookmark, kTooLarge, kBroken, kUnknownType };
// Why a list was asked for.
enum class ListCause { kFirst, kExpired, kOther };

// Called from the reflector's thread; must not block.
class ReflectorObserver {
 public:
  virtual ~ReflectorObserver() = default;
  // The API server was heard.
  virtual void OnContact() = 0;
  // All that it has said was delivered. Follows OnContact, but for bytes that are part of something.
  virtual void OnCaughtUp() = 0;
  virtual void OnObject(ObjectOutcome outcome) = 0;
  virtual void OnList(ListCause cause) = 0;
  // A watch is open, or no longer.
  virtual void OnWatching(bool is_watching) = 0;
  // Something does not work: `doing` is "list" or "watch". The same may be told again and again. The codes of api_status.h.
  virtual void OnProblem(absl::string_view doing, const absl::Status& problem) = 0;
  // Now everything works.
  virtual void OnHealthy() = 0;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_OBJECT_SINK_H_
