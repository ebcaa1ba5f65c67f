// Times between absl and the contract.
#ifndef HEADWAY_SERVICES_BASE_TIMESTAMP_H_
#define HEADWAY_SERVICES_BASE_TIMESTAMP_H_

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace headway {

// Exact to the nanosecond, also before 1970; absl's infinities become the ends of protobuf's range.
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// Cut to microseconds, as everything that is stored. The timestamp must be valid: nanos in [0, 1e9).
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

}  // namespace headway

#endif  // HEADWAY_SERVICES_BASE_TIMESTAMP_H_
