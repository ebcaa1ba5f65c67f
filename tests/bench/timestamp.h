// absl::Time as it goes over the wire, cut to microseconds as everything that is stored.
#ifndef HEADWAY_TESTS_BENCH_TIMESTAMP_H_
#define HEADWAY_TESTS_BENCH_TIMESTAMP_H_

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace headway::bench {

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t seconds = micros >= 0 ? micros / 1000000 : -((999999 - micros) / 1000000);
  google::protobuf::Timestamp result;
  result.set_seconds(seconds);
  result.set_nanos(static_cast<int32_t>((micros - seconds * 1000000) * 1000));
  return result;
}

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_TIMESTAMP_H_
