// What a source tells beside images from which a deployment's own commit may be found. Plain values.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_REVISION_CLUES_H_
#define HEADWAY_AGGREGATOR_PROJECTION_REVISION_CLUES_H_

#include <optional>
#include <string>
#include <vector>

#include "aggregator/projection/facts.h"

namespace headway {

// See headway.v1.SyncedSource.
struct SyncedSource {
  std::string repository;
  std::string revision;
  std::string chart;
  std::string path;  // folder within the repository, as the source writes it
};

struct RevisionClues {
  std::vector<SyncedSource> synced;  // in the source's order
  std::optional<CommitRef> rendered_from;

  bool empty() const { return synced.empty() && !rendered_from.has_value(); }
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_REVISION_CLUES_H_
