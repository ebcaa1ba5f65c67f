#include "aggregator/rollup/append.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/derive_entity.h"

namespace headway {
namespace {

const DerivePolicies& Defaults() {
  static const DerivePolicies* const policies = new DerivePolicies();
  return *policies;
}

// The row as far as it follows from the fact alone.
DeploymentRow RowOf(const DeploymentFact& fact, const std::vector<std::string>& repositories) {
  DeploymentRow row;
  row.key = fact.key;
  row.in_scope = fact.tier == Tier::kProduction;
  bool by_config = false;
  std::vector<std::string> declared = repositories;
  row.identity = IdentityOf(fact, RepositoryOf(fact, declared), &by_config);
  if (fact.phase == Phase::kPending) {
    row.started = fact.started;
    row.finished = absl::InfiniteFuture();
    return row;
  }
  const Finish finish = FinishOf(fact, Defaults());
  row.finished = finish.at;
  row.started = fact.started == absl::InfinitePast() ? finish.at : fact.started;
  row.failed_attempt = finish.failed;
  return row;
}

// A pending deployment that goes on, in the same place and not back in time.
bool IsContinued(const StoredDeployment& before, const StoredDeployment& after) {
  return before.fact.phase == Phase::kPending && after.fact.phase != Phase::kPending &&
         before.fact.environment == after.fact.environment && before.fact.stream == after.fact.stream &&
         before.fact.source == after.fact.source && FinishOf(after.fact, Defaults()).at >= before.fact.started;
}

class Appender {
 public:
  explicit Appender(TimelineTail* tail) : tail_(*tail) {}

  void Add(StoredDeployment deployment) {
    const std::pair<std::string, std::string> stream(deployment.fact.environment, deployment.fact.stream);
    StreamHead& head = tail_.heads[stream];
    head.environment = stream.first;
    head.stream = stream.second;
    streams_.insert(stream);
    Await(deployment.fact);
    SeeEvent(EventTime(deployment.fact, deployment.row), deployment.fact.source, &head);
    if (deployment.fact.phase != Phase::kPending) {
      tail_.end.last_finished = std::max(tail_.end.last_finished, deployment.row.finished);
      if (!deployment.row.failed_attempt) Place(&deployment, &head);
      tail_.by_identity[deployment.row.identity].push_back(deployment);
    }
    result_.deployments.push_back(std::move(deployment));
  }

  Appended Finish() && {
    result_.streams.assign(streams_.begin(), streams_.end());
    return std::move(result_);
  }

 private:
  using Stream = std::pair<std::string, std::string>;

  static Stream StreamOf(const StoredDeployment& d) { return {d.fact.environment, d.fact.stream}; }

  // The first run of an identity in a stream; nullptr: it never ran there.
  const StoredDeployment* FirstRun(const Identity& identity, const Stream& stream) const {
    const StoredDeployment* first = nullptr;
    const auto it = tail_.by_identity.find(identity);
    if (it == tail_.by_identity.end()) return nullptr;
    for (const StoredDeployment& run : it->second) {
      if (!IsCounted(run.row.kind) || StreamOf(run) != stream) continue;
      if (first == nullptr || EarlierOnTimeline(run, *first)) first = &run;
    }
    return first;
  }

  void Place(StoredDeployment* deployment, StreamHead* head) {
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
    row.kind = DecideKind(question);
    row.replaced = head->running.value_or(ObjectKey{});
    if (!IsCounted(row.kind)) return;
    if (row.in_scope) {
      row.roll_out = RollOutOf(*deployment, question.ran_before, *head);
      row.counts = row.roll_out == row.key;
      if (row.kind == Kind::kRollback) Fail(*deployment, *head);
    }
    Run(*deployment, head);
  }

  ObjectKey RollOutOf(const StoredDeployment& deployment, bool ran_before, const StreamHead& head) const {
    const DeploymentRow& row = deployment.row;
    const std::vector<StoredDeployment>& runs = RunsOf(row.identity);
    if (row.kind == Kind::kConfig || (row.kind != Kind::kRollback && !ran_before)) {
      for (const StoredDeployment& run : runs) {
        if (!run.row.in_scope || !IsCounted(run.row.kind)) continue;
        const bool joins =
            row.kind == Kind::kConfig
                ? run.row.kind == Kind::kConfig && run.fact.config_revision == deployment.fact.config_revision
                : run.row.kind == Kind::kRelease || run.row.kind == Kind::kOutOfOrder;
        if (joins) return run.row.roll_out;
      }
      return row.key;
    }
    return RecentRollOut(deployment, head);
  }

  // Of the roll-outs of the same kind from the same to the same identity, the one that opened last and has room for this stream.
  ObjectKey RecentRollOut(const StoredDeployment& deployment, const StreamHead& head) const {
    absl::flat_hash_set<ObjectKey> from;
    for (const StoredDeployment& run : RunsOf(head.running_identity)) from.insert(run.fact.key);
    absl::flat_hash_map<ObjectKey, std::vector<const StoredDeployment*>> candidates;
    for (const StoredDeployment& run : RunsOf(deployment.row.identity)) {
      if (run.row.in_scope && run.row.kind == deployment.row.kind && from.contains(run.row.replaced)) {
        candidates[run.row.roll_out].push_back(&run);
      }
    }
    const StoredDeployment* opener = nullptr;
    for (auto& [roll_out, members] : candidates) {
      std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return EarlierOnTimeline(*a, *b); });
      if (deployment.row.finished - members.back()->row.finished > Defaults().roll_out_window) continue;
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
    rework.counted_at = rollback.row.roll_out == rollback.fact.key
                            ? rollback.row.finished
                            : FinishOfRollOut(RunsOf(rollback.row.identity), rollback.row.roll_out);
    rework.deployment = rollback.fact.key;
    rework.reason = ReworkReason::kRollback;
    rework.since = rollback.row.finished;
    result_.rework.push_back(rework);
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

  void Await(const DeploymentFact& fact) {
    if (!IsCommitId(fact.source_revision)) return;
    const std::string repository = RepositoryOf(fact, tail_.repositories);
    if (std::find(tail_.repositories.begin(), tail_.repositories.end(), repository) == tail_.repositories.end()) return;
    result_.awaited.push_back({repository, fact.source_revision});
  }

  TimelineTail& tail_;
  Appended result_;
  std::set<Stream> streams_;
};

}  // namespace

void ApplyPatch(const EntityPatch& patch, StoredEntity* entity) {
  const auto apply = [](const auto& changes, auto* stored) {
    std::erase_if(*stored, [&](const auto& one) { return changes.contains(one.fact.key); });
    for (const auto& [key, value] : changes) {
      if (value.has_value()) stored->push_back(*value);
    }
    std::sort(stored->begin(), stored->end(), [](const auto& a, const auto& b) { return a.fact.key < b.fact.key; });
  };
  apply(patch.deployments, &entity->deployments);
  apply(patch.incidents, &entity->incidents);
}

bool CanAppend(const LockedEntity& entity, const EntityPatch& patch) {
  if (!patch.incidents.empty() || entity.end.has_links) return false;
  // What was never derived has no rows.
  if (entity.derivation_version != 0 && entity.derivation_version != kDerivationVersion) return false;
  for (const auto& [key, deployment] : patch.deployments) {
    if (!deployment.has_value()) return false;
    const auto known = patch.known.find(key);
    if (known != patch.known.end() && !IsContinued(known->second, *deployment)) return false;
    if (deployment->fact.phase == Phase::kPending) continue;
    const Finish finish = FinishOf(deployment->fact, Defaults());
    const absl::Time started = deployment->fact.started == absl::InfinitePast() ? finish.at : deployment->fact.started;
    if (finish.at <= entity.end.last_finished || started < entity.end.last_opening) return false;
  }
  return true;
}

std::vector<Identity> IdentitiesOf(const EntityPatch& patch, const std::vector<std::string>& repositories) {
  std::set<Identity> identities;
  for (const auto& [key, deployment] : patch.deployments) {
    if (deployment->fact.phase != Phase::kPending) identities.insert(RowOf(deployment->fact, repositories).identity);
  }
  return {identities.begin(), identities.end()};
}

std::vector<Identity> RunningIdentities(const TimelineTail& tail) {
  std::set<Identity> identities;
  for (const auto& [stream, head] : tail.heads) {
    if (head.running.has_value() && !tail.by_identity.contains(head.running_identity))
      identities.insert(head.running_identity);
  }
  return {identities.begin(), identities.end()};
}

bool ComesBack(const EntityPatch& patch, const TimelineTail& tail) {
  absl::flat_hash_set<Identity> seen;
  for (const auto& [key, deployment] : patch.deployments) {
    if (deployment->fact.phase == Phase::kPending) continue;
    const Identity identity = RowOf(deployment->fact, tail.repositories).identity;
    const auto runs = tail.by_identity.find(identity);
    if ((runs != tail.by_identity.end() && !runs->second.empty()) || !seen.insert(identity).second) return true;
  }
  return false;
}

Appended Append(const EntityPatch& patch, TimelineTail* tail) {
  std::vector<StoredDeployment> deployments;
  std::vector<ObjectKey> replaced;
  for (const auto& [key, deployment] : patch.deployments) {
    deployments.push_back(*deployment);
    deployments.back().row = RowOf(deployment->fact, tail->repositories);
    if (patch.known.contains(key)) replaced.push_back(key);
  }
  std::sort(deployments.begin(), deployments.end(), EarlierOnTimeline);
  Appender appender(tail);
  for (StoredDeployment& deployment : deployments) appender.Add(std::move(deployment));
  Appended appended = std::move(appender).Finish();
  appended.replaced = std::move(replaced);
  return appended;
}

}  // namespace headway
