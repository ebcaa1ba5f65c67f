#include "ingester/simulate/work_clock.h"

#include <algorithm>

namespace headway {
namespace {

constexpr int64_t kDay = 86400;
constexpr int64_t kBegin = 9 * 3600;
constexpr int64_t kEnd = 17 * 3600 + 1800;

int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

}  // namespace

int64_t WorkClock::SecondOfDay(int64_t time) const { return time + offset_ - FloorDiv(time + offset_, kDay) * kDay; }

int WorkClock::Weekday(int64_t time) const {
  const int64_t day = FloorDiv(time + offset_, kDay) + 3;  // the first day of 1970 was a Thursday
  return static_cast<int>(day - FloorDiv(day, 7) * 7);
}

int64_t WorkClock::NextWork(int64_t time) const {
  while (true) {
    const int64_t second = SecondOfDay(time);
    if (Weekday(time) < 5 && second < kEnd) return time + std::max<int64_t>(0, kBegin - second);
    time += kDay - second;
  }
}

int64_t WorkClock::AfterWork(int64_t time, int64_t seconds) const {
  time = NextWork(time);
  while (true) {
    const int64_t left = kEnd - SecondOfDay(time);
    if (seconds < left) return time + seconds;
    seconds -= left;
    time = NextWork(time + left);
  }
}

}  // namespace headway
