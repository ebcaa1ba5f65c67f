// When a team works.
#ifndef HEADWAY_INGESTER_SIMULATE_WORK_CLOCK_H_
#define HEADWAY_INGESTER_SIMULATE_WORK_CLOCK_H_

#include <cstdint>

namespace headway {

// Monday to Friday, 9:00 to 17:30, at a fixed offset from UTC. Times are seconds since 1970. A value.
class WorkClock {
 public:
  explicit WorkClock(int64_t utc_offset_hours) : offset_(utc_offset_hours * 3600) {}

  // The time itself if people work then, else the next morning on which they do.
  int64_t NextWork(int64_t time) const;
  // The time at which `seconds` of work are done after `time`.
  int64_t AfterWork(int64_t time, int64_t seconds) const;
  // 0 Monday to 6 Sunday, where the team is.
  int Weekday(int64_t time) const;
  // Seconds since the team's midnight.
  int64_t SecondOfDay(int64_t time) const;

 private:
  int64_t offset_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_SIMULATE_WORK_CLOCK_H_
