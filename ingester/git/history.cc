#include "ingester/git/history.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr int64_t kProgressEvery = 1000;

}  // namespace

History::Node History::Intern(const ObjectId& id) {
  const auto [it, added] = index_.try_emplace(id, static_cast<Node>(commits_.size()));
  if (added) commits_.push_back({.id = id});
  return it->second;
}

uint32_t History::InternAuthor(const std::string& name, const std::string& email) {
  const auto [it, added] =
      author_index_.try_emplace(absl::StrCat(name, "\n", email), static_cast<uint32_t>(authors_.size()));
  if (added) authors_.push_back({name, email});
  return it->second;
}

absl::Status History::ReadInto(const GitRepository& repository, Node node) {
  absl::StatusOr<RawCommit> raw = repository.ReadCommit(commits_[node].id);
  // A shallow clone ends here. A broken object is an error.
  if (absl::IsNotFound(raw.status())) return absl::OkStatus();
  if (!raw.ok()) return raw.status();
  absl::InlinedVector<Node, 2> parents;
  for (const ObjectId& parent : raw->parents) parents.push_back(Intern(parent));
  Commit& commit = commits_[node];
  commit.parents = std::move(parents);
  commit.authored = raw->authored;
  commit.committed = raw->committed;
  commit.author = InternAuthor(raw->author_name, raw->author_email);
  commit.present = true;
  const absl::string_view message = absl::StripAsciiWhitespace(raw->message);
  commit.copy_key = absl::HashOf(raw->author_email, absl::ToUnixSeconds(raw->authored), message);
  if (MessageFacts facts = ReadCommitMessage(message); !facts.Empty()) facts_.emplace(node, std::move(facts));
  return absl::OkStatus();
}

absl::StatusOr<History> History::Load(const GitRepository& repository, const std::vector<GitRef>& refs,
                                      const std::function<void(int64_t)>& on_progress) {
  History history;
  for (const GitRef& ref : refs) history.Intern(ref.commit);
  // Reading a commit appends the parents that are new, so the end of the list is reached when all is read.
  for (size_t next = 0; next < history.commits_.size(); ++next) {
    if (absl::Status read = history.ReadInto(repository, static_cast<Node>(next)); !read.ok()) return read;
    if (next % kProgressEvery == 0) on_progress(static_cast<int64_t>(next));
  }
  history.sorted_.resize(history.commits_.size());
  for (size_t i = 0; i < history.sorted_.size(); ++i) history.sorted_[i] = static_cast<Node>(i);
  std::sort(history.sorted_.begin(), history.sorted_.end(),
            [&](Node a, Node b) { return history.commits_[a].id < history.commits_[b].id; });
  on_progress(static_cast<int64_t>(history.size()));
  return history;
}

const MessageFacts& History::Facts(Node node) const {
  static const MessageFacts* const kNothing = new MessageFacts();
  const auto it = facts_.find(node);
  return it == facts_.end() ? *kNothing : it->second;
}

History::Node History::Find(const ObjectId& id) const {
  const auto it = index_.find(id);
  return it == index_.end() ? kNone : it->second;
}

History::Node History::FindByPrefix(absl::string_view hex) const {
  // Two hexadecimal digits a byte, the last one perhaps half known.
  ObjectId low;
  for (size_t i = 0; i < hex.size() && i < 40; ++i) {
    const char digit = hex[i];
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    low.bytes[i / 2] = static_cast<uint8_t>(low.bytes[i / 2] | (i % 2 == 0 ? value << 4 : value));
  }
  const auto begin = std::lower_bound(sorted_.begin(), sorted_.end(), low,
                                      [this](Node node, const ObjectId& id) { return commits_[node].id < id; });
  const auto matches = [&](auto it) { return it != sorted_.end() && absl::StartsWith(commits_[*it].id.Hex(), hex); };
  if (!matches(begin) || matches(begin + 1)) return kNone;
  return *begin;
}

std::vector<History::Node> History::Topological() const {
  // Depth first with an explicit stack: histories are deeper than a thread's stack.
  std::vector<Node> order;
  order.reserve(commits_.size());
  std::vector<uint8_t> state(commits_.size(), 0);  // 0 new, 1 on the stack with its parents, 2 done
  std::vector<Node> stack;
  for (Node start = 0; start < commits_.size(); ++start) {
    if (state[start] == 0) stack.push_back(start);
    while (!stack.empty()) {
      const Node node = stack.back();
      if (state[node] != 0) {
        stack.pop_back();
        if (state[node] == 1) order.push_back(node);
        state[node] = 2;
        continue;
      }
      state[node] = 1;
      for (Node parent : commits_[node].parents) {
        if (state[parent] == 0) stack.push_back(parent);
      }
    }
  }
  return order;
}

}  // namespace headway
