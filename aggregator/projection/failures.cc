#include "aggregator/projection/blame.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace headway {
namespace {

// A deployment blamed from `since` until `until`.
struct Span {
  int entry;
  absl::Time since;
  absl::Time until;
  bool operator==(const Span&) const = default;
};

// Given candidates in falling order of preference, says when each is the best one known. A candidate is known from its finish, the incident from `opened`.
std::vector<Span> BestKnown(const Timeline& timeline, absl::Time opened, const std::vector<int>& candidates) {
  std::vector<Span> spans;
  absl::Time until = absl::InfiniteFuture();
  for (const int candidate : candidates) {
    const absl::Time finished = timeline.entries[candidate].finished;
    const absl::Time since = std::max(opened, finished);
    if (since < until) spans.push_back({candidate, since, until});
    until = std::min(until, finished);
  }
  return spans;
}

class FailureFinder {
 public:
  explicit FailureFinder(const BlameInputs& in) : in_(in), entries_(in.timeline.entries), links_(in) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].Counts()) by_start_.push_back(static_cast<int>(i));
    }
    // Entries are in order (finished, key) already, and so are their indexes.
    std::sort(by_start_.begin(), by_start_.end(),
              [&](int a, int b) { return std::tie(entries_[a].started, a) < std::tie(entries_[b].started, b); });
  }

  std::vector<FailureRow> Find() {
    // Outside of production only people blame.
    const bool infers = in_.policies.environment.empty() || in_.policies.environment_tier == Tier::kProduction;
    for (const IncidentFact& incident : in_.inputs.incidents) {
      if (!incident.opened.has_value()) continue;
      if (!incident.caused_by.empty()) {
        Explicit(incident);
      } else if (infers && incident.cause != Cause::kNotAChange && IsInScope(incident, in_.policies)) {
        Inferred(incident);
      }
    }
    Rollbacks();
    for (size_t r = 0; r < in_.inputs.repositories.size(); ++r) Reverts(static_cast<int>(r));
    if (in_.policies.degraded_after.has_value()) Degraded();
    return std::move(rows_);
  }

 private:
  void Fail(int entry, FailureRow row) {
    // What a rollback replaced may be out of scope: while rules change, deployments of one stream can be in several tiers.
    if (entry < 0 || in_.roll_outs.of[entry] < 0) return;
    const RollOut& roll_out = in_.roll_outs.all[in_.roll_outs.of[entry]];
    row.roll_out = entries_[roll_out.members.front()].fact->key;
    row.deployment = entries_[entry].fact->key;
    row.finished = entries_[entry].finished;
    rows_.push_back(std::move(row));
  }

  // Blame that falls on a rollback passes to what the rollback replaced. Chains end, since each step goes back in time.
  int PassOn(int entry) const {
    while (entries_[entry].kind == Kind::kRollback) entry = entries_[entry].failed_by_it;
    return entry;
  }

  void FailByIncident(const IncidentFact& incident, FailureCause cause, const std::vector<Span>& spans,
                      Attribution attribution) {
    for (const Span& span : spans) {
      FailureRow row;
      row.cause = cause;
      row.by = incident.key;
      row.since = span.since;
      row.until = span.until;
      row.begins = *incident.opened;
      row.attribution = attribution;
      Fail(span.entry, std::move(row));
    }
  }

  void Inferred(const IncidentFact& incident) {
    const absl::Time opened = *incident.opened;
    const auto starts_before = [&](int entry, absl::Time t) { return entries_[entry].started < t; };
    const auto end = std::lower_bound(by_start_.begin(), by_start_.end(), opened, starts_before);
    std::vector<int> candidates;
    for (auto it = end; it != by_start_.begin();) {
      const TimelineEntry& entry = entries_[*--it];
      if (entry.started < opened - in_.policies.attribution_window) break;
      if (!incident.environment.empty() && entry.fact->environment != incident.environment) continue;
      candidates.push_back(*it);
    }
    std::vector<Span> spans = BestKnown(in_.timeline, opened, candidates);
    for (Span& span : spans) span.entry = PassOn(span.entry);
    FailByIncident(incident, FailureCause::kIncidentInferred, spans, Attribution::kAlways);
  }

  void Explicit(const IncidentFact& incident) {
    const std::vector<Span> without_first = ExplicitSpans(incident, false);
    const std::vector<Span> with_first = ExplicitSpans(incident, true);
    if (without_first == with_first) {
      FailByIncident(incident, FailureCause::kIncidentExplicit, with_first, Attribution::kAlways);
      return;
    }
    FailByIncident(incident, FailureCause::kIncidentExplicit, without_first, Attribution::kOnlyNone);
    FailByIncident(incident, FailureCause::kIncidentExplicit, with_first, Attribution::kOnlyAll);
  }

  std::vector<Span> ExplicitSpans(const IncidentFact& incident, bool first_deployment_all) const {
    std::vector<int> candidates;
    absl::flat_hash_set<int> passes_on;
    const auto add = [&](const IncidentLink& link) {
      const auto [entry, attribution] = links_.Resolve(link);
      if (entry < 0 || (attribution == Attribution::kOnlyAll && !first_deployment_all)) return;
      if (std::find(candidates.begin(), candidates.end(), entry) != candidates.end()) return;
      candidates.push_back(entry);
      if (!std::holds_alternative<ObjectKey>(link)) passes_on.insert(entry);
    };
    // Deployments before commits before changes, each in the order given.
    for (size_t kind = 0; kind < std::variant_size_v<IncidentLink>; ++kind) {
      for (const IncidentLink& link : incident.caused_by) {
        if (link.index() == kind) add(link);
      }
    }
    std::vector<Span> spans = BestKnown(in_.timeline, *incident.opened, candidates);
    for (Span& span : spans) {
      if (passes_on.contains(span.entry)) span.entry = PassOn(span.entry);
    }
    return spans;
  }

  void Rollbacks() {
    for (const TimelineEntry& entry : entries_) {
      if (!entry.Counts() || entry.kind != Kind::kRollback) continue;
      FailureRow row;
      row.cause = FailureCause::kRollback;
      row.by = entry.fact->key;
      row.since = entry.finished;
      row.begins = entries_[entry.failed_by_it].finished;
      row.ends = entry.finished;
      Fail(entry.failed_by_it, std::move(row));
    }
  }

  void Reverts(int repository) {
    for (const RevertPair& pair : in_.shipping.Reverts(repository)) {
      const Shipment target = in_.shipping.OfNode(repository, pair.target);
      const Shipment revert = in_.shipping.OfNode(repository, pair.revert);
      if (target.entry < 0 || revert.entry <= target.entry || revert.baseline) continue;
      FailureRow row;
      row.cause = FailureCause::kRevert;
      row.by = entries_[revert.entry].fact->key;
      row.detail = in_.inputs.repositories[repository].graph->Sha(pair.revert);
      row.since = entries_[revert.entry].finished;
      row.begins = entries_[target.entry].finished;
      row.ends = entries_[revert.entry].finished;
      row.attribution = target.baseline ? Attribution::kOnlyAll : Attribution::kAlways;
      Fail(target.entry, std::move(row));
    }
  }

  void Degraded() {
    std::vector<int> next_in_stream(in_.timeline.stream_count, -1);
    for (int i = static_cast<int>(entries_.size()) - 1; i >= 0; --i) {
      const TimelineEntry& entry = entries_[i];
      if (!entry.Counts()) continue;
      const int next = std::exchange(next_in_stream[entry.stream], i);
      const std::optional<absl::Time>& degraded = entry.fact->degraded;
      if (!degraded.has_value() || *degraded < entry.finished ||
          *degraded - entry.finished > *in_.policies.degraded_after) {
        continue;
      }
      FailureRow row;
      row.cause = FailureCause::kDegraded;
      row.by = entry.fact->key;
      row.since = *degraded;
      row.begins = *degraded;
      if (next >= 0) row.ends = entries_[next].finished;
      Fail(i, std::move(row));
    }
  }

  const BlameInputs& in_;
  const std::vector<TimelineEntry>& entries_;
  const LinkResolver links_;
  std::vector<int> by_start_;
  std::vector<FailureRow> rows_;
};

}  // namespace

std::vector<FailureRow> FindFailures(const BlameInputs& in) { return FailureFinder(in).Find(); }

}  // namespace headway
