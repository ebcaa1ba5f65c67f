#include "aggregator/projection/timeline.h"

#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "aggregator/projection/flood.h"

namespace headway {
namespace {

using Node = CommitGraph::Node;

// What ran in one stream so far.
struct StreamState {
  int running = -1;
  int brought = -1;  // brought the running identity here
  absl::flat_hash_map<Identity, int> first_run;
  // Per repository: the commits reachable from any revision that ran here.
  absl::flat_hash_map<int, std::vector<bool>> reached;
};

// Marks what is reachable from start and not marked yet. False if one of the new commits may touch the entity's paths.
bool FloodBringsNoChange(const CommitGraph& graph, Node start, const std::vector<std::string>& prefixes,
                         std::vector<bool>* reached) {
  bool no_change = true;
  Flood(graph, start, [&](Node node) {
    if ((*reached)[node]) return false;
    (*reached)[node] = true;
    if (no_change) {
      const std::vector<std::string>* paths = graph.Paths(node);
      no_change = paths != nullptr && std::none_of(paths->begin(), paths->end(), [&](const std::string& path) {
                    return PathBelongs(path, prefixes);
                  });
    }
    return true;
  });
  return no_change;
}

class StreamFold {
 public:
  StreamFold(const EntityInputs& inputs, std::vector<TimelineEntry>* entries) : inputs_(inputs), entries_(*entries) {}

  void Add(int index, StreamState* state) {
    TimelineEntry& entry = entries_[index];
    KindQuestion question = Ask(index, *state);
    if (entry.node != CommitGraph::kNone) {
      AskGraph(inputs_.repositories[entry.repository], entry.node, RunningNode(entry, *state),
               &state->reached[entry.repository], &question);
    }
    entry.kind = DecideKind(question);
    entry.ran_in_stream_before = question.ran_before;
    entry.replaced = state->running;
    if (!IsCounted(entry.kind)) return;

    if (entry.kind == Kind::kRollback) entry.failed_by_it = state->brought;
    const bool brings = state->running < 0 || !question.same_identity;
    if (brings) state->brought = index;
    state->running = index;
    state->first_run.try_emplace(entry.identity, index);
    // The flood of an uncounted deployment must not mark commits, so it comes only now where AskGraph did not need it.
    if (entry.node != CommitGraph::kNone) {
      MarkReached(*inputs_.repositories[entry.repository].graph, entry.node, &state->reached[entry.repository]);
    }
  }

 private:
  KindQuestion Ask(int index, const StreamState& state) const {
    const TimelineEntry& entry = entries_[index];
    KindQuestion question;
    question.effect = entry.fact->effect;
    question.identity_by_config = entry.identity_by_config;
    const auto first = state.first_run.find(entry.identity);
    question.ran_before = first != state.first_run.end();
    question.has_running = state.running >= 0;
    if (question.has_running) {
      const TimelineEntry& running = entries_[state.running];
      question.same_identity = entry.identity == running.identity;
      question.same_images = entry.fact->images == running.fact->images;
      question.configs_known_and_differ = !entry.fact->config_revision.empty() &&
                                          !running.fact->config_revision.empty() &&
                                          entry.fact->config_revision != running.fact->config_revision;
      question.first_ran_earlier = question.ran_before && first->second < state.first_run.at(running.identity);
    }
    return question;
  }

  Node RunningNode(const TimelineEntry& entry, const StreamState& state) const {
    if (state.running < 0 || entries_[state.running].repository != entry.repository) return CommitGraph::kNone;
    return entries_[state.running].node;
  }

  const EntityInputs& inputs_;
  std::vector<TimelineEntry>& entries_;
};

TimelineEntry MakeEntry(const EntityInputs& inputs, const DeploymentFact& fact, const DerivePolicies& policies) {
  TimelineEntry entry;
  entry.fact = &fact;
  entry.in_scope =
      policies.environment.empty() ? fact.tier == Tier::kProduction : fact.environment == policies.environment;
  std::string repository = fact.repository;
  if (repository.empty() && !inputs.repositories.empty()) repository = inputs.repositories[0].name;
  entry.identity = IdentityOf(fact, repository, &entry.identity_by_config);
  for (size_t i = 0; i < inputs.repositories.size(); ++i) {
    if (inputs.repositories[i].name != repository || fact.source_revision.empty()) continue;
    entry.repository = static_cast<int>(i);
    const Node node = inputs.repositories[i].graph->Find(fact.source_revision);
    if (node != CommitGraph::kNone && inputs.repositories[i].graph->IsPresent(node)) entry.node = node;
  }
  if (fact.phase == Phase::kPending) {
    entry.started = fact.started;
    entry.finished = absl::InfiniteFuture();
    return entry;
  }
  const Finish finish = FinishOf(fact, policies);
  entry.finished = finish.at;
  entry.started = fact.started == absl::InfinitePast() ? finish.at : fact.started;
  entry.failed = finish.failed;
  entry.succeeded = !finish.failed;
  return entry;
}

}  // namespace

bool PathBelongs(absl::string_view path, const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return true;
  return std::any_of(prefixes.begin(), prefixes.end(), [&](absl::string_view prefix) {
    while (absl::EndsWith(prefix, "/")) prefix.remove_suffix(1);
    return absl::StartsWith(path, prefix) &&
           (path.size() == prefix.size() || prefix.empty() || path[prefix.size()] == '/');
  });
}

Identity IdentityOf(const DeploymentFact& deployment, const std::string& repository, bool* by_config) {
  *by_config = false;
  std::string text;
  if (!deployment.source_revision.empty()) {
    text = absl::StrCat("revision\n", repository, "\n", deployment.source_revision);
  } else if (!deployment.images.empty()) {
    text = absl::StrCat("images\n", absl::StrJoin(deployment.images, "\n"));
  } else if (!deployment.config_revision.empty()) {
    *by_config = true;
    text = absl::StrCat("config\n", deployment.config_revision);
  } else {
    text = absl::StrCat("alone\n", absl::string_view(reinterpret_cast<const char*>(deployment.key.bytes.data()), 16));
  }
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data());
  Identity identity;
  std::copy_n(digest.begin(), identity.size(), identity.begin());
  return identity;
}

Finish FinishOf(const DeploymentFact& deployment, const DerivePolicies& policies) {
  if (deployment.effect == Effect::kNotCounted) return {deployment.synced, false};
  if (deployment.phase == Phase::kFailed) return {deployment.synced, true};
  if (policies.finish_synced) return {deployment.synced, false};
  const absl::Time at = deployment.healthy.value_or(deployment.synced);
  if (!deployment.degraded.has_value() || *deployment.degraded < deployment.synced) return {at, false};
  // Degraded before it was ever healthy: a failed attempt. Without a report of health that can only be said where degraded_after, which takes the same
  // observation for a failure of a finished deployment, is off.
  const bool failed = deployment.healthy.has_value() ? *deployment.degraded < *deployment.healthy
                                                     : !policies.degraded_after.has_value();
  return {at, failed};
}

Kind DecideKind(const KindQuestion& q) {
  if (q.effect == Effect::kSelfHeal) return Kind::kSelfHeal;
  if (q.effect == Effect::kResync) return Kind::kResync;
  if (q.effect == Effect::kNotCounted) return Kind::kNotCounted;
  if (q.has_running && q.same_identity && !q.identity_by_config && q.same_images && q.configs_known_and_differ) {
    return Kind::kConfig;
  }
  if (q.has_running && q.ran_before && !q.same_identity && q.first_ran_earlier && !q.descends_from_running) {
    return Kind::kRollback;
  }
  if (!q.ran_before && q.strict_ancestor_of_running) return Kind::kOutOfOrder;
  if (q.ran_before || q.brings_no_change) return Kind::kRedeploy;
  return Kind::kRelease;
}

void AskGraph(const RepositoryInput& repository, Node node, Node running, std::vector<bool>* reached,
              KindQuestion* question) {
  if (question->effect != Effect::kChanged) return;
  const CommitGraph& graph = *repository.graph;
  reached->resize(graph.size());
  if (question->has_running && running != CommitGraph::kNone && !question->same_identity) {
    if (question->first_ran_earlier) question->descends_from_running = graph.IsAncestor(running, node);
    // A commit that was never reached here is no ancestor of what ran here: this spares the walk for every ordinary release.
    if (!question->ran_before && (*reached)[node])
      question->strict_ancestor_of_running = graph.IsAncestor(node, running);
  }
  if (!question->ran_before && !question->strict_ancestor_of_running) {
    question->brings_no_change = FloodBringsNoChange(graph, node, repository.path_prefixes, reached);
  }
}

void MarkReached(const CommitGraph& graph, Node node, std::vector<bool>* reached) {
  reached->resize(graph.size());
  FloodUnmarked(graph, node, reached);
}

Timeline BuildTimeline(const EntityInputs& inputs, const DerivePolicies& policies) {
  Timeline timeline;
  timeline.entries.reserve(inputs.deployments.size());
  for (const DeploymentFact& fact : inputs.deployments) timeline.entries.push_back(MakeEntry(inputs, fact, policies));
  std::sort(timeline.entries.begin(), timeline.entries.end(), [](const TimelineEntry& a, const TimelineEntry& b) {
    return std::tie(a.finished, a.fact->source_key, a.fact->key) <
           std::tie(b.finished, b.fact->source_key, b.fact->key);
  });

  absl::flat_hash_map<std::pair<absl::string_view, absl::string_view>, int> stream_index;
  std::vector<StreamState> streams;
  StreamFold fold(inputs, &timeline.entries);
  for (size_t i = 0; i < timeline.entries.size(); ++i) {
    TimelineEntry& entry = timeline.entries[i];
    const auto [it, inserted] = stream_index.try_emplace(
        std::make_pair(absl::string_view(entry.fact->environment), absl::string_view(entry.fact->stream)),
        static_cast<int>(streams.size()));
    if (inserted) streams.emplace_back();
    entry.stream = it->second;
    if (entry.succeeded) fold.Add(static_cast<int>(i), &streams[entry.stream]);
  }
  timeline.stream_count = static_cast<int>(streams.size());
  return timeline;
}

}  // namespace headway
