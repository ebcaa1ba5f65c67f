#include "aggregator/projection/reach.h"

#include <algorithm>

#include "aggregator/projection/flood.h"

namespace headway {

Reach::Reach(std::vector<RepositoryInput> repositories)
    : repositories_(std::move(repositories)), commits_(repositories_.size()) {
  for (size_t i = 0; i < repositories_.size(); ++i) {
    commits_[i].lineage = repositories_[i].graph->lineage();
    commits_[i].named.resize(repositories_[i].graph->size());
    commits_[i].shipped.resize(repositories_[i].graph->size());
  }
}

bool Reach::Attach(const std::vector<RepositoryInput>& repositories) {
  if (repositories.size() != repositories_.size()) return false;
  for (size_t i = 0; i < repositories.size(); ++i) {
    if (repositories[i].name != repositories_[i].name ||
        repositories[i].path_prefixes != repositories_[i].path_prefixes ||
        repositories[i].graph->lineage() != commits_[i].lineage ||
        // A graph that was handed out earlier may come back smaller.
        repositories[i].graph->size() < commits_[i].named.size()) {
      return false;
    }
  }
  for (size_t i = 0; i < repositories.size(); ++i) {
    repositories_[i].graph = repositories[i].graph;
    commits_[i].named.resize(repositories[i].graph->size());
    commits_[i].shipped.resize(repositories[i].graph->size());
  }
  return true;
}

void Reach::Detach() {
  for (RepositoryInput& repository : repositories_) repository.graph = nullptr;
}

bool Reach::HasCommits() const {
  return std::any_of(repositories_.begin(), repositories_.end(),
                     [](const RepositoryInput& repository) { return repository.graph->size() > 0; });
}

GraphPlace Reach::Locate(const std::string& repository, const std::string& revision) const {
  for (size_t i = 0; i < repositories_.size(); ++i) {
    if (repositories_[i].name != repository || revision.empty()) continue;
    const CommitGraph& graph = *repositories_[i].graph;
    const CommitGraph::Node node = graph.Find(revision);
    if (node != CommitGraph::kNone && graph.IsPresent(node)) return {static_cast<int>(i), node};
  }
  return {};
}

void Reach::See(const StreamName& stream, const GraphPlace& place, Kind kind, bool in_scope, bool running) {
  if (!place.IsKnown()) return;
  Commits& commits = commits_[place.repository];
  FloodUnmarked(GraphOf(place), place.node, &commits.named);
  commits.has_baseline |= in_scope && kind != Kind::kNone;
  if (!IsCounted(kind)) return;
  if (in_scope) FloodUnmarked(GraphOf(place), place.node, &commits.shipped);
  Stream& seen = streams_[stream];
  MarkReached(GraphOf(place), place.node, &seen.reached[place.repository]);
  if (running) seen.running = place;
}

std::vector<CommitGraph::Node> Reach::Name(const GraphPlace& place) {
  const CommitGraph& graph = GraphOf(place);
  std::vector<bool>& named = commits_[place.repository].named;
  std::vector<CommitGraph::Node> missing;
  Flood(graph, place.node, [&](CommitGraph::Node node) {
    if (named[node]) return false;
    named[node] = true;
    if (!graph.IsPresent(node)) missing.push_back(node);
    return true;
  });
  return missing;
}

bool Reach::HasBaseline(const GraphPlace& place) const { return commits_[place.repository].has_baseline; }

void Reach::Ask(const StreamName& stream, const GraphPlace& place, KindQuestion* question) {
  Stream& asked = streams_[stream];
  const CommitGraph::Node running =
      asked.running.repository == place.repository ? asked.running.node : CommitGraph::kNone;
  AskGraph(repositories_[place.repository], place.node, running, &asked.reached[place.repository], question);
}

Reach::Shipped Reach::Ship(const GraphPlace& place) {
  Shipped result;
  std::vector<bool>& shipped = commits_[place.repository].shipped;
  result.truncated = !Flood(GraphOf(place), place.node, [&](CommitGraph::Node node) {
    if (shipped[node]) return false;
    shipped[node] = true;
    result.commits.push_back(node);
    return true;
  });
  return result;
}

void Reach::Run(const StreamName& stream, const GraphPlace& place) {
  Stream& run = streams_[stream];
  run.running = place;
  if (place.IsKnown()) MarkReached(GraphOf(place), place.node, &run.reached[place.repository]);
}

size_t Reach::ApproximateBytes() const {
  size_t bytes = sizeof(Reach);
  for (size_t i = 0; i < commits_.size(); ++i) {
    bytes += sizeof(Commits) + sizeof(RepositoryInput) + repositories_[i].name.size() + commits_[i].named.size() / 4;
    for (const std::string& prefix : repositories_[i].path_prefixes) bytes += sizeof(prefix) + prefix.size();
  }
  for (const auto& [name, stream] : streams_) {
    bytes += 200 + name.first.size() + name.second.size();
    for (const auto& [repository, reached] : stream.reached) bytes += 64 + reached.size() / 8;
  }
  return bytes;
}

}  // namespace headway
