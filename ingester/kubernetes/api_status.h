// What answers of the API that are no success mean, as absl::Status:
//
//   UNAUTHENTICATED (401), PERMISSION_DENIED (403), NOT_FOUND (404), INVALID_ARGUMENT (400, 405, 422), RESOURCE_EXHAUSTED (429),
//   OUT_OF_RANGE (410, Expired: the resource version is too old), FAILED_PRECONDITION (it is too new for this server, "too large"),
//   UNAVAILABLE (5xx, and whatever the connection does), DATA_LOSS (an answer that cannot be understood).
#ifndef HEADWAY_INGESTER_KUBERNETES_API_STATUS_H_
#define HEADWAY_INGESTER_KUBERNETES_API_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace headway::kubernetes {

// Of an answer with a code that is not 200. `body`: its beginning; a Status object, or anything.
absl::Status StatusOfAnswer(int code, absl::string_view body, absl::Duration retry_after);

// Of the object of an ERROR event. Nothing: it is no Status.
absl::optional<absl::Status> StatusOfErrorEvent(absl::string_view object);

// How long the server asked to wait; zero: it did not.
absl::Duration RetryAfter(const absl::Status& status);

// The resource version is too old, or too new.
bool IsExpired(const absl::Status& status);
bool IsTooLarge(const absl::Status& status);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_API_STATUS_H_
