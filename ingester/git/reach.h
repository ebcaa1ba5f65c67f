// What can be reached from where, asked for again and again while going forward along a branch.
#ifndef HEADWAY_INGESTER_GIT_REACH_H_
#define HEADWAY_INGESTER_GIT_REACH_H_

#include <cstdint>
#include <vector>

#include "ingester/git/history.h"

namespace headway {

// A growing set of commits, closed under parents. Each commit is added once, so that going along a whole branch costs as much as
// its history, however many questions are asked. The history must outlive this. Not thread-safe.
class Reach {
 public:
  explicit Reach(const History* history) : history_(*history), in_(history->size(), 0), seen_(history->size(), 0) {}

  // Empties the set, in constant time.
  void Clear() { ++epoch_; }
  bool Has(History::Node node) const { return in_[node] == epoch_; }
  // Adds what can be reached from `from`; returns what is new, without order.
  std::vector<History::Node> Add(History::Node from);
  // What Add would return, without adding it. Costs only what is returned.
  std::vector<History::Node> Beyond(History::Node from);

 private:
  const History& history_;
  std::vector<uint32_t> in_;    // the epoch in which the commit was added
  std::vector<uint32_t> seen_;  // the question that saw it last
  uint32_t epoch_ = 1;
  uint32_t question_ = 0;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_REACH_H_
