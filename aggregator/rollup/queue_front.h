// Where the work queue begins, so that looking for work does not step over all that was done since the last vacuum.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_QUEUE_FRONT_H_
#define HEADWAY_AGGREGATOR_ROLLUP_QUEUE_FRONT_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace headway {

// Items are numbered before they are committed, so one may appear below others that were seen already. Hence the front stays behind by a while, and is
// forgotten every second: an item that commits very late is found then. Not thread-safe.
class QueueFront {
 public:
  // The number to look from at this time.
  int64_t From(absl::Time now) {
    if (now - looked_from_start_ < kForget) return front_;
    looked_from_start_ = now;
    return 0;
  }

  // The least item that was seen to wait.
  void Saw(std::optional<int64_t> first_item, absl::Time now) {
    if (!first_item.has_value() || now - seen_ < kBehind) return;
    front_ = next_;
    next_ = *first_item;
    seen_ = now;
  }

 private:
  static constexpr absl::Duration kForget = absl::Seconds(1);
  static constexpr absl::Duration kBehind = absl::Milliseconds(250);

  int64_t front_ = 0;
  int64_t next_ = 0;  // the front after kBehind
  absl::Time seen_ = absl::InfinitePast();
  absl::Time looked_from_start_ = absl::InfinitePast();
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_QUEUE_FRONT_H_
