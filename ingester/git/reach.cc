#include "ingester/git/reach.h"

namespace headway {

std::vector<History::Node> Reach::Add(History::Node from) {
  std::vector<History::Node> found;
  if (Has(from)) return found;
  in_[from] = epoch_;
  found.push_back(from);
  // The list of what was found is the queue of what is still to be looked at.
  for (size_t next = 0; next < found.size(); ++next) {
    for (History::Node parent : history_[found[next]].parents) {
      if (Has(parent)) continue;
      in_[parent] = epoch_;
      found.push_back(parent);
    }
  }
  return found;
}

std::vector<History::Node> Reach::Beyond(History::Node from) {
  std::vector<History::Node> found;
  if (Has(from)) return found;
  ++question_;
  seen_[from] = question_;
  found.push_back(from);
  for (size_t next = 0; next < found.size(); ++next) {
    for (History::Node parent : history_[found[next]].parents) {
      if (Has(parent) || seen_[parent] == question_) continue;
      seen_[parent] = question_;
      found.push_back(parent);
    }
  }
  return found;
}

}  // namespace headway
