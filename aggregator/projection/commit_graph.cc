#include "aggregator/projection/commit_graph.h"

#include <algorithm>
#include <atomic>

namespace headway {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

uint64_t CommitGraph::NewLineage() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

bool CommitGraph::Decode(absl::string_view sha, ObjectId* id, uint8_t* bytes) {
  if (sha.size() != 40 && sha.size() != 64) return false;
  id->fill(0);
  for (size_t i = 0; i < sha.size(); i += 2) {
    const int high = HexDigit(sha[i]);
    const int low = HexDigit(sha[i + 1]);
    if (high < 0 || low < 0) return false;
    (*id)[i / 2] = static_cast<uint8_t>(high << 4 | low);
  }
  *bytes = static_cast<uint8_t>(sha.size() / 2);
  return true;
}

CommitGraph::Node CommitGraph::Intern(const ObjectId& id, uint8_t bytes) {
  const auto [it, inserted] = index_.try_emplace(id, static_cast<Node>(nodes_.size()));
  if (inserted) {
    Entry entry;
    entry.id = id;
    entry.id_bytes = bytes;
    nodes_.push_back(entry);
  }
  return it->second;
}

bool CommitGraph::Add(const CommitFact& commit) {
  ObjectId id;
  uint8_t bytes;
  if (!Decode(commit.sha, &id, &bytes)) return false;
  std::vector<std::pair<ObjectId, uint8_t>> parents(commit.parents.size());
  for (size_t i = 0; i < parents.size(); ++i) {
    if (!Decode(commit.parents[i], &parents[i].first, &parents[i].second)) return false;
  }

  const Node node = Intern(id, bytes);
  if (nodes_[node].present) return true;
  const uint32_t first_parent_at = static_cast<uint32_t>(parents_.size());
  for (const auto& [parent, parent_bytes] : parents) parents_.push_back(Intern(parent, parent_bytes));

  // Only now: interning the parents may have moved the entries.
  Entry& entry = nodes_[node];
  entry.authored_us = absl::ToUnixMicros(commit.authored);
  entry.committed_us = absl::ToUnixMicros(commit.committed);
  entry.first_parent_at = first_parent_at;
  entry.parent_count = static_cast<uint16_t>(parents.size());
  entry.present = true;
  entry.says_revert = !commit.reverts.empty();
  ++present_;

  if (commit.paths.has_value()) {
    for (const std::string& path : *commit.paths) path_bytes_ += path.size() + sizeof(std::string);
    paths_[node] = *commit.paths;
  }
  for (const std::string& target : commit.reverts) reverts_.emplace_back(node, target);
  for (const std::string& original : commit.cherry_picked_from) cherry_picks_.emplace_back(node, original);
  return true;
}

CommitGraph::Node CommitGraph::Find(absl::string_view sha) const {
  ObjectId id;
  uint8_t bytes;
  if (!Decode(sha, &id, &bytes)) return kNone;
  const auto it = index_.find(id);
  return it == index_.end() ? kNone : it->second;
}

bool CommitGraph::Has(absl::string_view sha) const {
  const Node node = Find(sha);
  return node != kNone && nodes_[node].present;
}

size_t CommitGraph::ApproximateBytes() const {
  const size_t links = (reverts_.capacity() + cherry_picks_.capacity()) * (sizeof(Node) + sizeof(std::string) + 48);
  return nodes_.capacity() * sizeof(Entry) + parents_.capacity() * sizeof(Node) +
         index_.capacity() * (sizeof(ObjectId) + sizeof(Node) + 1) + path_bytes_ + paths_.capacity() * 40 + links;
}

absl::Span<const CommitGraph::Node> CommitGraph::Parents(Node node) const {
  const Entry& entry = nodes_[node];
  return absl::MakeConstSpan(parents_).subspan(entry.first_parent_at, entry.parent_count);
}

std::string CommitGraph::Sha(Node node) const {
  static constexpr char kDigits[] = "0123456789abcdef";
  const Entry& entry = nodes_[node];
  std::string sha;
  sha.reserve(entry.id_bytes * 2);
  for (int i = 0; i < entry.id_bytes; ++i) {
    sha.push_back(kDigits[entry.id[i] >> 4]);
    sha.push_back(kDigits[entry.id[i] & 15]);
  }
  return sha;
}

const std::vector<std::string>* CommitGraph::Paths(Node node) const {
  const auto it = paths_.find(node);
  return it == paths_.end() ? nullptr : &it->second;
}

bool CommitGraph::IsAncestor(Node ancestor, Node descendant) const {
  if (ancestor == descendant) return true;
  std::vector<bool> seen(nodes_.size());
  std::vector<Node> open = {descendant};
  seen[descendant] = true;
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    for (const Node parent : Parents(node)) {
      if (parent == ancestor) return true;
      if (seen[parent]) continue;
      seen[parent] = true;
      open.push_back(parent);
    }
  }
  return false;
}

}  // namespace headway
