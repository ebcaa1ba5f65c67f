#include "ingester/kubernetes/api_status.h"

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/object_meta.h"

namespace headway::kubernetes {
namespace {

constexpr char kRetryAfterUrl[] = "headway/retry-after-seconds";
constexpr absl::Duration kLongestRetryAfter = absl::Minutes(5);
constexpr size_t kMaxMessageBytes = 500;

absl::StatusCode CodeOf(int code) {
  switch (code) {
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 410:
      return absl::StatusCode::kOutOfRange;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    case 408:
      return absl::StatusCode::kUnavailable;
    default:
      if (code >= 500) return absl::StatusCode::kUnavailable;
      if (code >= 400) return absl::StatusCode::kInvalidArgument;
      return absl::StatusCode::kDataLoss;  // redirects too: they are not followed
  }
}

// What a server says is shown to people: printable, and not much of it.
std::string Shown(absl::string_view message) { return absl::Utf8SafeCEscape(message.substr(0, kMaxMessageBytes)); }

absl::Status Make(int http_code, const ObjectReader::StatusObject& object, absl::Duration retry_after) {
  absl::StatusCode code = CodeOf(http_code);
  if (object.reason == "Expired" || object.reason == "Gone") code = absl::StatusCode::kOutOfRange;
  if (object.cause == "ResourceVersionTooLarge" || absl::StrContains(object.message, "Too large resource version")) {
    code = absl::StatusCode::kFailedPrecondition;
  }
  std::string message = absl::StrCat("the API server answered ", http_code);
  if (!object.reason.empty()) absl::StrAppend(&message, " ", Shown(object.reason));
  if (!object.message.empty()) absl::StrAppend(&message, ": ", Shown(object.message));
  absl::Status status(code, message);
  retry_after = std::max(retry_after, absl::Seconds(std::max<int64_t>(object.retry_after_seconds, 0)));
  if (retry_after > absl::ZeroDuration()) {
    retry_after = std::min(retry_after, kLongestRetryAfter);
    status.SetPayload(kRetryAfterUrl, absl::Cord(absl::StrCat(absl::ToDoubleSeconds(retry_after))));
  }
  return status;
}

}  // namespace

absl::Status StatusOfAnswer(int code, absl::string_view body, absl::Duration retry_after) {
  const absl::StatusOr<ObjectReader::StatusObject> object = ObjectReader().ReadStatus(body);
  return Make(code, object.ok() ? *object : ObjectReader::StatusObject(), retry_after);
}

absl::optional<absl::Status> StatusOfErrorEvent(absl::string_view object) {
  const absl::StatusOr<ObjectReader::StatusObject> status = ObjectReader().ReadStatus(object);
  if (!status.ok()) return absl::nullopt;
  return Make(status->code == 0 ? 500 : status->code, *status, absl::ZeroDuration());
}

absl::Duration RetryAfter(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryAfterUrl);
  double seconds = 0;
  if (!payload.has_value() || !absl::SimpleAtod(std::string(*payload), &seconds)) return absl::ZeroDuration();
  return absl::Seconds(seconds);
}

bool IsExpired(const absl::Status& status) { return absl::IsOutOfRange(status); }
bool IsTooLarge(const absl::Status& status) { return absl::IsFailedPrecondition(status); }

}  // namespace headway::kubernetes
