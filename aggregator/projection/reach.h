// Which commits an entity's deployments have reached: what has to be known of the history to append a deployment, a few bits for each commit. Gives what
// Timeline and Shipping work out from the whole history.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_REACH_H_
#define HEADWAY_AGGREGATOR_PROJECTION_REACH_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/timeline.h"

namespace headway {

// (environment, stream).
using StreamName = std::pair<std::string, std::string>;

// Where the revision of a deployment is: a commit of one of the entity's repositories, or nowhere.
struct GraphPlace {
  int repository = -1;
  CommitGraph::Node node = CommitGraph::kNone;
  bool IsKnown() const { return node != CommitGraph::kNone; }
};

// A value; not thread-safe for writing.
class Reach {
 public:
  Reach() = default;
  // As in EntityInputs.
  explicit Reach(std::vector<RepositoryInput> repositories);

  // Takes the graphs as they are now. False, and nothing done, unless they are the known ones, grown perhaps, of the same repositories and paths.
  bool Attach(const std::vector<RepositoryInput>& repositories);
  // Lets go of the graphs, so that they can grow in place; nothing below may be called until Attach.
  void Detach();

  const std::vector<RepositoryInput>& repositories() const { return repositories_; }
  bool HasCommits() const;

  // repository: the one of the revision, defaults applied.
  GraphPlace Locate(const std::string& repository, const std::string& revision) const;

  // A deployment that was derived before, in any order. running: its revision runs in the stream now.
  void See(const StreamName& stream, const GraphPlace& place, Kind kind, bool in_scope, bool running);

  // For the next deployment, in the order of the time line. All but the last take known places only.
  // Commits that are missing at the end of what it reaches, and that no deployment reached before.
  std::vector<CommitGraph::Node> Name(const GraphPlace& place);
  // True if a deployment in scope was seen that succeeded and whose commit is known: the baseline stands.
  bool HasBaseline(const GraphPlace& place) const;
  // See AskGraph.
  void Ask(const StreamName& stream, const GraphPlace& place, KindQuestion* question);
  // What a counted deployment in scope ships.
  struct Shipped {
    std::vector<CommitGraph::Node> commits;
    bool truncated = false;
  };
  Shipped Ship(const GraphPlace& place);
  // It runs in the stream now. Its kind is a counted one.
  void Run(const StreamName& stream, const GraphPlace& place);

  size_t ApproximateBytes() const;

 private:
  struct Commits {
    uint64_t lineage = 0;
    bool has_baseline = false;
    std::vector<bool> named;    // reached by any deployment
    std::vector<bool> shipped;  // by a counted one in scope
  };
  struct Stream {
    GraphPlace running;
    absl::flat_hash_map<int, std::vector<bool>> reached;  // by repository
  };

  const CommitGraph& GraphOf(const GraphPlace& place) const { return *repositories_[place.repository].graph; }

  std::vector<RepositoryInput> repositories_;
  std::vector<Commits> commits_;  // parallel
  std::map<StreamName, Stream> streams_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_REACH_H_
