#include "aggregator/projection/roll_outs.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"

namespace headway {
namespace {

// Finds the roll-out that an entry joins, or opens one.
class Finder {
 public:
  Finder(const Timeline& timeline, const DerivePolicies& policies, RollOuts* result)
      : timeline_(timeline), policies_(policies), result_(*result) {}

  void Place(int index) {
    const TimelineEntry& entry = timeline_.entries[index];
    if (policies_.roll_out == DerivePolicies::RollOut::kEach) {
      Open(index);
    } else if (entry.kind == Kind::kConfig) {
      JoinForever({2, entry.identity, entry.fact->config_revision}, index);
    } else if (entry.kind != Kind::kRollback && !entry.ran_in_stream_before) {
      JoinForever({1, entry.identity, std::string()}, index);
    } else {
      JoinRecent(index);
    }
  }

 private:
  using ForeverKey = std::tuple<int, Identity, std::string>;
  using RecentKey = std::tuple<Kind, Identity, Identity>;

  int Open(int index) {
    const int roll_out = static_cast<int>(result_.all.size());
    result_.all.emplace_back();
    Join(roll_out, index);
    return roll_out;
  }

  void Join(int roll_out, int index) {
    result_.all[roll_out].members.push_back(index);
    result_.of[index] = roll_out;
  }

  void JoinForever(const ForeverKey& key, int index) {
    const auto it = forever_.find(key);
    if (it == forever_.end()) {
      forever_.emplace(key, Open(index));
    } else {
      Join(it->second, index);
    }
  }

  void JoinRecent(int index) {
    const TimelineEntry& entry = timeline_.entries[index];
    const Identity from = entry.replaced < 0 ? Identity{} : timeline_.entries[entry.replaced].identity;
    std::vector<int>& candidates = recent_[{entry.kind, from, entry.identity}];
    // Members come in order of finish: what is out of the window now stays out, so it is dropped for good.
    std::erase_if(candidates, [&](int roll_out) {
      return entry.finished - timeline_.entries[result_.all[roll_out].members.back()].finished >
             policies_.roll_out_window;
    });
    for (auto it = candidates.rbegin(); it != candidates.rend(); ++it) {
      const std::vector<int>& members = result_.all[*it].members;
      const bool has_stream = std::any_of(members.begin(), members.end(),
                                          [&](int member) { return timeline_.entries[member].stream == entry.stream; });
      if (!has_stream) return Join(*it, index);
    }
    candidates.push_back(Open(index));
  }

  const Timeline& timeline_;
  const DerivePolicies& policies_;
  RollOuts& result_;
  absl::flat_hash_map<ForeverKey, int> forever_;
  absl::flat_hash_map<RecentKey, std::vector<int>> recent_;
};

// Decides, for policy last, whether a roll-out is complete at as_of.
class Completion {
 public:
  Completion(const EntityInputs& inputs, const Timeline& timeline, const DerivePolicies& policies,
             const RollOuts& roll_outs)
      : inputs_(inputs), timeline_(timeline), policies_(policies), roll_outs_(roll_outs) {
    by_stream_.resize(timeline.stream_count);
    for (size_t i = 0; i < timeline.entries.size(); ++i) {
      const TimelineEntry& entry = timeline.entries[i];
      if (entry.Counts() && entry.finished < policies.as_of) by_stream_[entry.stream].push_back(static_cast<int>(i));
    }
  }

  bool IsComplete(const RollOut& roll_out) const {
    const int first = roll_out.members.front();
    const Identity& identity = timeline_.entries[first].identity;
    const bool runs_somewhere = std::any_of(by_stream_.begin(), by_stream_.end(), [&](const std::vector<int>& stream) {
      return !stream.empty() && timeline_.entries[stream.back()].identity == identity;
    });
    if (!runs_somewhere) return true;
    return std::all_of(by_stream_.begin(), by_stream_.end(), [&](const std::vector<int>& stream) {
      return !WasAlive(stream, first) || HasGone(stream, first);
    });
  }

 private:
  bool WasAlive(const std::vector<int>& stream, int first) const {
    const absl::Time opened = timeline_.entries[first].finished;
    return std::any_of(stream.begin(), stream.end(), [&](int index) {
      const absl::Time finished = timeline_.entries[index].finished;
      return finished < opened && finished >= opened - policies_.stream_activity;
    });
  }

  bool HasGone(const std::vector<int>& stream, int first) const {
    const TimelineEntry& opener = timeline_.entries[first];
    return std::any_of(stream.begin(), stream.end(), [&](int index) {
      const TimelineEntry& entry = timeline_.entries[index];
      if (entry.identity == opener.identity) return true;
      if (roll_outs_.all[roll_outs_.of[index]].members.front() > first) return true;
      return entry.node != CommitGraph::kNone && opener.node != CommitGraph::kNone &&
             entry.repository == opener.repository &&
             inputs_.repositories[entry.repository].graph->IsAncestor(opener.node, entry.node);
    });
  }

  const EntityInputs& inputs_;
  const Timeline& timeline_;
  const DerivePolicies& policies_;
  const RollOuts& roll_outs_;
  std::vector<std::vector<int>> by_stream_;
};

}  // namespace

RollOuts FindRollOuts(const Timeline& timeline, const DerivePolicies& policies) {
  RollOuts result;
  result.of.assign(timeline.entries.size(), -1);
  Finder finder(timeline, policies, &result);
  for (size_t i = 0; i < timeline.entries.size(); ++i) {
    if (timeline.entries[i].Counts()) finder.Place(static_cast<int>(i));
  }
  if (policies.roll_out != DerivePolicies::RollOut::kLast) {
    for (RollOut& roll_out : result.all) roll_out.counts_at = roll_out.members.front();
  }
  return result;
}

void CompleteRollOuts(const EntityInputs& inputs, const Timeline& timeline, const DerivePolicies& policies,
                      const std::vector<bool>& failed, RollOuts* roll_outs) {
  const Completion completion(inputs, timeline, policies, *roll_outs);
  for (size_t i = 0; i < roll_outs->all.size(); ++i) {
    RollOut& roll_out = roll_outs->all[i];
    int last = -1;
    int last_in_order = -1;
    for (const int member : roll_out.members) {
      const TimelineEntry& entry = timeline.entries[member];
      if (!(entry.finished < policies.as_of)) continue;
      last = member;
      if (entry.kind != Kind::kOutOfOrder) last_in_order = member;
    }
    if (last < 0) continue;
    if (failed[i] || completion.IsComplete(roll_out)) roll_out.counts_at = last_in_order < 0 ? last : last_in_order;
  }
}

}  // namespace headway
