// What can change an answer that is watched.
#ifndef HEADWAY_SERVICES_METRICS_WATCH_FACTS_H_
#define HEADWAY_SERVICES_METRICS_WATCH_FACTS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace headway {

struct WatchFacts {
  absl::Time next_crossing = absl::InfiniteFuture();  // then it changes though nothing happens
  std::vector<std::string> others;  // entities beside the one that is watched whose changes may change it
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_WATCH_FACTS_H_
