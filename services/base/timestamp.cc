#include "services/base/timestamp.h"

namespace headway {

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp out;
  if (time == absl::InfinitePast()) {
    out.set_seconds(-62135596800);  // 0001-01-01T00:00:00Z
  } else if (time == absl::InfiniteFuture()) {
    out.set_seconds(253402300799);  // 9999-12-31T23:59:59Z
  } else {
    const int64_t seconds = absl::ToUnixSeconds(time);  // rounds down, so that nanos are never negative
    out.set_seconds(seconds);
    out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  }
  return out;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(timestamp.seconds() * 1'000'000 + timestamp.nanos() / 1'000);
}

}  // namespace headway
