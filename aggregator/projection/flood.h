// Walking a commit graph towards its roots.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_FLOOD_H_
#define HEADWAY_AGGREGATOR_PROJECTION_FLOOD_H_

#include <vector>

#include "aggregator/projection/commit_graph.h"

namespace headway {

// Calls enter(node) for start and for every parent of a node that enter accepted. enter marks what it accepts, so that each node is entered once over all
// floods that share the marks. True if no node that it accepted is missing.
template <typename Enter>
bool Flood(const CommitGraph& graph, CommitGraph::Node start, Enter enter) {
  if (!enter(start)) return true;
  bool complete = graph.IsPresent(start);
  std::vector<CommitGraph::Node> open = {start};
  while (!open.empty()) {
    const CommitGraph::Node node = open.back();
    open.pop_back();
    for (const CommitGraph::Node parent : graph.Parents(node)) {
      if (!enter(parent)) continue;
      complete = complete && graph.IsPresent(parent);
      open.push_back(parent);
    }
  }
  return complete;
}

// As Flood; *marks has a place for every node of the graph.
inline bool FloodUnmarked(const CommitGraph& graph, CommitGraph::Node start, std::vector<bool>* marks) {
  return Flood(graph, start, [&](CommitGraph::Node node) {
    if ((*marks)[node]) return false;
    (*marks)[node] = true;
    return true;
  });
}

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_FLOOD_H_
