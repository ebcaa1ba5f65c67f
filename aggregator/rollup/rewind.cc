#include "aggregator/rollup/rewind.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/derive_entity.h"

namespace headway {
namespace {

using Keys = absl::flat_hash_set<ObjectKey>;

StreamName StreamOf(const StoredDeployment& d) { return {d.fact.environment, d.fact.stream}; }

Keys KeysOf(const std::vector<StoredDeployment>& deployments) {
  Keys keys;
  for (const StoredDeployment& deployment : deployments) keys.insert(deployment.fact.key);
  return keys;
}

// The first of each stream that ran there: it says what ran before.
std::map<StreamName, const StoredDeployment*> FirstToRun(const std::vector<StoredDeployment>& since) {
  std::map<StreamName, const StoredDeployment*> first;
  for (const StoredDeployment& deployment : since) {
    if (!IsCounted(deployment.row.kind)) continue;
    const StoredDeployment*& known = first.try_emplace(StreamOf(deployment), &deployment).first->second;
    if (EarlierOnTimeline(deployment, *known)) known = &deployment;
  }
  return first;
}

// Of the runs of one identity the last in the stream that replaced another one.
std::optional<ObjectKey> Brought(const std::vector<StoredDeployment>& runs, const StreamName& stream) {
  Keys keys;
  for (const StoredDeployment& run : runs) {
    if (IsCounted(run.row.kind) && StreamOf(run) == stream) keys.insert(run.fact.key);
  }
  const StoredDeployment* last = nullptr;
  for (const StoredDeployment& run : runs) {
    if (!keys.contains(run.fact.key) || keys.contains(run.row.replaced)) continue;
    if (last == nullptr || EarlierOnTimeline(*last, run)) last = &run;
  }
  return last == nullptr ? std::nullopt : std::make_optional(last->fact.key);
}

}  // namespace

absl::Time RewindsTo(const EntityPatch& patch) {
  absl::Time to = absl::InfiniteFuture();
  for (const auto& [key, deployment] : patch.deployments) {
    if (deployment->fact.phase != Phase::kPending) to = std::min(to, FinishOf(deployment->fact, DerivePolicies{}).at);
  }
  for (const auto& [key, before] : patch.known) to = std::min(to, before.row.finished);
  return to;
}

bool TakeBack(const EntityPatch& patch, std::vector<StoredDeployment> since, absl::Time last_opening,
              Rewound* rewound) {
  if (since.size() > kMaxTakenBack) return false;
  rewound->patch = patch;
  for (const StoredDeployment& deployment : since) {
    if (deployment.row.started < last_opening) return false;
    StoredDeployment again = deployment;
    again.row = DeploymentRow();
    rewound->patch.deployments.emplace(deployment.fact.key, std::move(again));
    rewound->patch.known.emplace(deployment.fact.key, deployment);
  }
  rewound->since = std::move(since);
  return true;
}

bool KeepEvidence(Rewound* rewound) {
  const Keys since = KeysOf(rewound->since);
  std::erase_if(rewound->failures,
                [&](const FailureRow& f) { return !since.contains(f.deployment) && !since.contains(f.by); });
  std::erase_if(rewound->rework, [&](const ReworkRow& r) { return !since.contains(r.deployment); });
  return std::all_of(rewound->failures.begin(), rewound->failures.end(),
                     [](const FailureRow& f) { return f.cause == FailureCause::kRollback; }) &&
         std::all_of(rewound->rework.begin(), rewound->rework.end(),
                     [](const ReworkRow& r) { return r.reason == ReworkReason::kRollback; });
}

std::vector<ObjectKey> RanBefore(const Rewound& rewound) {
  std::vector<ObjectKey> keys;
  for (const auto& [stream, first] : FirstToRun(rewound.since)) {
    if (first->row.replaced != ObjectKey{}) keys.push_back(first->row.replaced);
  }
  return keys;
}

void RewindHeads(const Rewound& rewound, const std::vector<StoredDeployment>& ran_before, TimelineTail* tail) {
  absl::flat_hash_map<ObjectKey, const StoredDeployment*> by_key;
  for (const StoredDeployment& deployment : ran_before) by_key.emplace(deployment.fact.key, &deployment);
  for (const auto& [stream, first] : FirstToRun(rewound.since)) {
    StreamHead& head = tail->heads.at(stream);
    StreamHead before;
    before.environment = head.environment;
    before.stream = head.stream;
    // The latest event stays: what is taken back is told again, or something later in its place.
    before.source = head.source;
    before.latest_event = head.latest_event;
    head = std::move(before);
    if (first->row.replaced != ObjectKey{}) Run(*by_key.at(first->row.replaced), &head);
  }
}

void RewindRuns(const Rewound& rewound, TimelineTail* tail) {
  const Keys since = KeysOf(rewound.since);
  for (auto& [identity, runs] : tail->by_identity) {
    std::erase_if(runs, [&](const StoredDeployment& run) { return since.contains(run.fact.key); });
  }
  for (const auto& [stream, first] : FirstToRun(rewound.since)) {
    StreamHead& head = tail->heads.at(stream);
    if (head.running.has_value()) head.brought = Brought(tail->by_identity.at(head.running_identity), stream);
  }
}

}  // namespace headway
