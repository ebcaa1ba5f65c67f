// The time line of an entity: its deployments in order, what each runs, and of what kind it is.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_TIMELINE_H_
#define HEADWAY_AGGREGATOR_PROJECTION_TIMELINE_H_

#include <array>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/derive.h"

namespace headway {

// Hash of what a deployment runs.
using Identity = std::array<uint8_t, 16>;

// What a deployment runs: its source revision, else its images, else its config revision, else itself alone. *by_config is set to whether the config
// revision decided. `repository` is the repository of the source revision, defaults applied.
Identity IdentityOf(const DeploymentFact& deployment, const std::string& repository, bool* by_config);

// When a deployment finished, and whether it failed, under the policies. Not for pending ones.
struct Finish {
  absl::Time at;
  bool failed = false;
};
Finish FinishOf(const DeploymentFact& deployment, const DerivePolicies& policies);

// What is known when the kind of a deployment is decided.
struct KindQuestion {
  Effect effect = Effect::kChanged;
  bool has_running = false;
  bool same_identity = false;  // as the running one
  bool identity_by_config = false;
  bool same_images = false;  // as the running one
  bool configs_known_and_differ = false;
  bool ran_before = false;                  // its identity, in this stream
  bool first_ran_earlier = false;           // its identity's first run is earlier than the running identity's first run
  bool descends_from_running = false;       // by the graph; false where there is none
  bool strict_ancestor_of_running = false;  // by the graph; false where there is none
  bool brings_no_change = false;            // by the graph; false where there is none
};
Kind DecideKind(const KindQuestion& question);

// Answers what the graph knows of a deployment whose revision is `node`; the rest of the question is there. running: the node that runs in the stream, kNone
// if its revision is not in this repository's graph. *reached: what is reachable from revisions that ran in the stream, by node, grown to the graph's size;
// what the deployment adds is marked, unless an answer made that needless (see MarkReached).
void AskGraph(const RepositoryInput& repository, CommitGraph::Node node, CommitGraph::Node running,
              std::vector<bool>* reached, KindQuestion* question);
// Marks what is reachable from the node, since a counted deployment ran it.
void MarkReached(const CommitGraph& graph, CommitGraph::Node node, std::vector<bool>* reached);

// One deployment on the time line.
struct TimelineEntry {
  const DeploymentFact* fact = nullptr;
  absl::Time started;
  absl::Time finished;
  bool succeeded = false;
  bool failed = false;
  bool in_scope = false;
  Identity identity{};
  bool identity_by_config = false;
  int repository = -1;                          // index into EntityInputs.repositories; -1: none of them
  CommitGraph::Node node = CommitGraph::kNone;  // set only if the revision is in the graph
  Kind kind = Kind::kNone;
  bool ran_in_stream_before = false;
  int replaced = -1;      // entry that ran before it in its stream
  int failed_by_it = -1;  // rollbacks: the entry that brought what it replaced
  int stream = -1;

  bool Counts() const { return in_scope && IsCounted(kind); }
};

// All entries in order (finished, source_key, key), pending ones last. Kinds are decided. The source's own key comes before the hash because sources
// number their deployments: of v309 and v310 that finished in the same second, v309 ran first.
struct Timeline {
  std::vector<TimelineEntry> entries;
  int stream_count = 0;
};
Timeline BuildTimeline(const EntityInputs& inputs, const DerivePolicies& policies);

// True if one of the prefixes is the path, or is followed in it by "/". No prefixes: always.
bool PathBelongs(absl::string_view path, const std::vector<std::string>& prefixes);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_TIMELINE_H_
