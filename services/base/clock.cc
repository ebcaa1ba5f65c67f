#include "services/base/clock.h"

#include "absl/time/clock.h"

namespace headway {
namespace {

class MachineClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock* clock = new MachineClock;
  return *clock;
}

}  // namespace headway
