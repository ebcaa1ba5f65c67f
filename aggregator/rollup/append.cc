#include "aggregator/rollup/append.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/append_rows.h"
#include "aggregator/rollup/derive_entity.h"

namespace headway {
namespace {

// Commits that one entity may ship by append in one batch.
constexpr size_t kMaxShipped = 2000;

class Appender {
 public:
  explicit Appender(TimelineTail* tail) : tail_(*tail) {}

  void Add(StoredDeployment deployment) {
    const StreamName stream = StreamOf(deployment);
    StreamHead& head = tail_.heads[stream];
    head.environment = stream.first;
    head.stream = stream.second;
    streams_.insert(stream);
    AwaitMore(deployment.fact, &tail_.reach, &result_.awaited);
    const GraphPlace place = tail_.reach.Locate(RepositoryOf(deployment.fact.repository, tail_.reach.repositories()),
                                                deployment.fact.source_revision);
    deployment.row.known_commit = place.IsKnown();
    const std::string told_by = head.source;
    SeeEvent(EventTime(deployment.fact, deployment.row), deployment.fact.source, &head);
    result_.takes_over |= !told_by.empty() && head.source != told_by;
    if (deployment.fact.phase != Phase::kPending) {
      tail_.end.last_finished = std::max(tail_.end.last_finished, deployment.row.finished);
      if (!deployment.row.failed_attempt) Place(place, &deployment, &head);
      tail_.by_identity[deployment.row.identity].push_back(deployment);
    }
    result_.deployments.push_back(std::move(deployment));
  }

  Appended Finish() && {
    result_.streams.assign(streams_.begin(), streams_.end());
    return std::move(result_);
  }

 private:
  static StreamName StreamOf(const StoredDeployment& d) { return {d.fact.environment, d.fact.stream}; }

  // The first run of an identity in a stream; nullptr: it never ran there.
  const StoredDeployment* FirstRun(const Identity& identity, const StreamName& stream) const {
    const StoredDeployment* first = nullptr;
    const auto it = tail_.by_identity.find(identity);
    if (it == tail_.by_identity.end()) return nullptr;
    for (const StoredDeployment& run : it->second) {
      if (!IsCounted(run.row.kind) || StreamOf(run) != stream) continue;
      if (first == nullptr || EarlierOnTimeline(run, *first)) first = &run;
    }
    return first;
  }

  void Place(const GraphPlace& place, StoredDeployment* deployment, StreamHead* head) {
    const DeploymentFact& fact = deployment->fact;
    DeploymentRow& row = deployment->row;
    const StoredDeployment* first = FirstRun(row.identity, StreamOf(*deployment));
    KindQuestion question;
    question.effect = fact.effect;
    question.identity_by_config = fact.source_revision.empty() && fact.images.empty() && !fact.config_revision.empty();
    question.ran_before = first != nullptr;
    question.has_running = head->running.has_value();
    if (question.has_running) {
      question.same_identity = row.identity == head->running_identity;
      question.same_images = fact.images == head->running_images;
      question.configs_known_and_differ = !fact.config_revision.empty() && !head->running_config_revision.empty() &&
                                          fact.config_revision != head->running_config_revision;
      question.first_ran_earlier = first != nullptr && !question.same_identity &&
                                   EarlierOnTimeline(*first, *FirstRun(head->running_identity, StreamOf(*deployment)));
    }
    if (place.IsKnown()) tail_.reach.Ask(StreamOf(*deployment), place, &question);
    row.kind = DecideKind(question);
    row.replaced = head->running.value_or(ObjectKey{});
    // What the first deployment with a known commit contains is the base line, which is for all of the repository's changes to know.
    if (place.IsKnown() && row.in_scope && !tail_.reach.HasBaseline(place)) result_.whole = true;
    if (!IsCounted(row.kind)) return;
    if (row.in_scope) {
      row.roll_out = RollOutOf(*deployment, question.ran_before, *head);
      row.counts = row.roll_out == row.key;
      if (row.kind == Kind::kRollback) Fail(*deployment, *head);
      if (place.IsKnown()) Ship(place, deployment);
    }
    Run(*deployment, head);
    tail_.reach.Run(StreamOf(*deployment), place);
  }

  void Ship(const GraphPlace& place, StoredDeployment* deployment) {
    const RepositoryInput& repository = tail_.reach.repositories()[place.repository];
    const Reach::Shipped shipped = tail_.reach.Ship(place);
    deployment->row.truncated = shipped.truncated;
    for (const CommitGraph::Node node : shipped.commits) {
      result_.whole |= repository.graph->SaysRevert(node);
      result_.shipped.push_back({repository.name, repository.graph->Sha(node), deployment->fact.key,
                                 deployment->row.finished, deployment->row.roll_out, CountedAt(*deployment)});
    }
    result_.whole |= result_.shipped.size() > kMaxShipped;
  }

  ObjectKey RollOutOf(const StoredDeployment& deployment, bool ran_before, const StreamHead& head) const {
    const DeploymentRow& row = deployment.row;
    const std::vector<StoredDeployment>& runs = RunsOf(row.identity);
    const absl::flat_hash_set<ObjectKey> first_runs = FirstRuns(row.identity);
    if (row.kind == Kind::kConfig || (row.kind != Kind::kRollback && !ran_before)) {
      for (const StoredDeployment& run : runs) {
        if (!run.row.in_scope || !IsCounted(run.row.kind)) continue;
        const bool joins = row.kind == Kind::kConfig ? run.row.kind == Kind::kConfig &&
                                                           run.fact.config_revision == deployment.fact.config_revision
                                                     : first_runs.contains(run.fact.key);
        if (joins) return run.row.roll_out;
      }
      return row.key;
    }
    return RecentRollOut(deployment, head, first_runs);
  }

  // The runs of the identity that were the first in their streams: members of its one roll-out.
  absl::flat_hash_set<ObjectKey> FirstRuns(const Identity& identity) const {
    absl::flat_hash_map<StreamName, const StoredDeployment*> first;
    for (const StoredDeployment& run : RunsOf(identity)) {
      if (!IsCounted(run.row.kind)) continue;
      const StoredDeployment*& known = first.try_emplace(StreamOf(run), &run).first->second;
      if (EarlierOnTimeline(run, *known)) known = &run;
    }
    absl::flat_hash_set<ObjectKey> keys;
    for (const auto& [stream, run] : first) {
      if (run->row.kind != Kind::kConfig && run->row.kind != Kind::kRollback) keys.insert(run->fact.key);
    }
    return keys;
  }

  // Of the roll-outs of the same kind from the same to the same identity, the one that opened last and has room for this stream.
  ObjectKey RecentRollOut(const StoredDeployment& deployment, const StreamHead& head,
                          const absl::flat_hash_set<ObjectKey>& first_runs) const {
    absl::flat_hash_set<ObjectKey> from;
    for (const StoredDeployment& run : RunsOf(head.running_identity)) from.insert(run.fact.key);
    absl::flat_hash_map<ObjectKey, std::vector<const StoredDeployment*>> candidates;
    for (const StoredDeployment& run : RunsOf(deployment.row.identity)) {
      if (run.row.in_scope && run.row.kind == deployment.row.kind && from.contains(run.row.replaced) &&
          !first_runs.contains(run.fact.key)) {
        candidates[run.row.roll_out].push_back(&run);
      }
    }
    const StoredDeployment* opener = nullptr;
    for (auto& [roll_out, members] : candidates) {
      std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return EarlierOnTimeline(*a, *b); });
      if (deployment.row.finished - members.back()->row.finished > StoredPolicies().roll_out_window) continue;
      const bool has_stream = std::any_of(members.begin(), members.end(), [&](const StoredDeployment* member) {
        return StreamOf(*member) == StreamOf(deployment);
      });
      if (!has_stream && (opener == nullptr || EarlierOnTimeline(*opener, *members.front()))) opener = members.front();
    }
    return opener == nullptr ? deployment.row.key : opener->row.roll_out;
  }

  // A rollback fails what brought the identity that it replaces, and is unplanned.
  void Fail(const StoredDeployment& rollback, const StreamHead& head) {
    const std::vector<StoredDeployment>& runs = RunsOf(head.running_identity);
    const auto brought = std::find_if(runs.begin(), runs.end(),
                                      [&](const StoredDeployment& run) { return run.fact.key == *head.brought; });
    FailureRow failure;
    failure.roll_out = brought->row.roll_out;
    failure.counted_at = FinishOfRollOut(runs, brought->row.roll_out);
    failure.deployment = brought->fact.key;
    failure.finished = brought->row.finished;
    failure.cause = FailureCause::kRollback;
    failure.by = rollback.fact.key;
    failure.since = rollback.row.finished;
    failure.begins = brought->row.finished;
    failure.ends = rollback.row.finished;
    result_.failures.push_back(failure);
    ReworkRow rework;
    rework.roll_out = rollback.row.roll_out;
    rework.counted_at = CountedAt(rollback);
    rework.deployment = rollback.fact.key;
    rework.reason = ReworkReason::kRollback;
    rework.since = rollback.row.finished;
    result_.rework.push_back(rework);
  }

  // Where the roll-out of a deployment that is being appended counts.
  absl::Time CountedAt(const StoredDeployment& deployment) const {
    if (deployment.row.roll_out == deployment.fact.key) return deployment.row.finished;
    return FinishOfRollOut(RunsOf(deployment.row.identity), deployment.row.roll_out);
  }

  // All members of a roll-out run one identity.
  static absl::Time FinishOfRollOut(const std::vector<StoredDeployment>& runs, const ObjectKey& first) {
    const auto it =
        std::find_if(runs.begin(), runs.end(), [&](const StoredDeployment& run) { return run.fact.key == first; });
    return it->row.finished;
  }

  const std::vector<StoredDeployment>& RunsOf(const Identity& identity) const {
    static const std::vector<StoredDeployment>* const none = new std::vector<StoredDeployment>();
    const auto it = tail_.by_identity.find(identity);
    return it == tail_.by_identity.end() ? *none : it->second;
  }

  TimelineTail& tail_;
  Appended result_;
  std::set<StreamName> streams_;
};

// Gaps before what is appended. *in_between: some of it was synced before what is there, so that a gap that is known may be another.
std::vector<GapRow> AppendGaps(const EntityPatch& patch, const std::vector<StoredDeployment>& deployments,
                               const TimelineTail& tail, bool* in_between) {
  std::vector<NumberedDeployment> numbered;
  for (const StoredDeployment& deployment : deployments) {
    if (!IsNumbered(deployment.fact) || !Renumbers(patch, deployment.fact)) continue;
    numbered.push_back(NumberedOf(deployment.fact, deployment.row.in_scope));
    const auto last = tail.last_numbered.find({deployment.fact.source, deployment.fact.stream});
    *in_between |= last != tail.last_numbered.end() && EarlierInStream(numbered.back(), last->second);
  }
  if (numbered.empty()) return {};
  for (const auto& [stream, last] : tail.last_numbered) numbered.push_back(last);
  return FindGaps(std::move(numbered));
}

}  // namespace

Appended Append(const EntityPatch& patch, TimelineTail* tail) {
  std::vector<StoredDeployment> deployments;
  std::vector<ObjectKey> replaced;
  for (const auto& [key, deployment] : patch.deployments) {
    deployments.push_back(*deployment);
    deployments.back().row = RowOf(deployment->fact, tail->reach);
    if (patch.known.contains(key)) replaced.push_back(key);
  }
  std::sort(deployments.begin(), deployments.end(), EarlierOnTimeline);
  bool in_between = false;
  std::vector<GapRow> gaps = AppendGaps(patch, deployments, *tail, &in_between);
  Appender appender(tail);
  for (StoredDeployment& deployment : deployments) appender.Add(std::move(deployment));
  Appended appended = std::move(appender).Finish();
  appended.replaced = std::move(replaced);
  appended.gaps = std::move(gaps);
  appended.whole |= in_between;
  return appended;
}

void ShipChanges(const std::vector<UnshippedChange>& unshipped, Appended* appended) {
  absl::flat_hash_map<std::pair<std::string, std::string>, const ShippedCommit*> shipped;
  for (const ShippedCommit& commit : appended->shipped)
    shipped.emplace(std::make_pair(commit.repository, commit.sha), &commit);
  for (const UnshippedChange& change : unshipped) {
    const ShippedCommit& commit = *shipped.at({change.row.repository, change.row.merge_commit});
    appended->whole |= change.says_revert;
    ChangeRow row = change.row;
    row.shipped_by = commit.by;
    row.shipped = commit.finished;
    if (change.hotfix) {
      ReworkRow rework;
      rework.roll_out = commit.roll_out;
      rework.counted_at = commit.counted_at;
      rework.deployment = commit.by;
      rework.reason = ReworkReason::kHotfix;
      rework.detail = absl::StrCat(row.repository, "#", row.number);
      rework.since = commit.finished;
      rework.attribution = row.baseline ? Attribution::kOnlyAll : Attribution::kAlways;
      appended->rework.push_back(std::move(rework));
    }
    appended->changes.push_back(std::move(row));
  }
}

}  // namespace headway
