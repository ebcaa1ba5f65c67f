#include "aggregator/rollup/entity_writer.h"

#include <algorithm>
#include <utility>

#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/derive_entity.h"
#include "aggregator/store/append_store.h"

namespace headway {
namespace {

// Entities that are held in memory at once.
constexpr size_t kWholeAtOnce = 200;

Reach ReachOf(const StoredEntity& entity) {
  Reach reach(entity.repositories);
  absl::flat_hash_map<StreamName, ObjectKey> running;
  for (const StreamHead& head : entity.heads) {
    if (head.running.has_value()) running.emplace(StreamName(head.environment, head.stream), *head.running);
  }
  for (const StoredDeployment& deployment : entity.deployments) {
    const StreamName stream(deployment.fact.environment, deployment.fact.stream);
    const auto runs = running.find(stream);
    reach.See(
        stream,
        reach.Locate(RepositoryOf(deployment.fact.repository, entity.repositories), deployment.fact.source_revision),
        deployment.row.kind, deployment.row.in_scope, runs != running.end() && runs->second == deployment.fact.key);
  }
  return reach;
}

}  // namespace

std::vector<EntityWork> EntityWriter::Append(std::vector<EntityWork> works) {
  std::vector<EntityWork> whole;
  const Rewinds rewinds = TakeBack(&works, &whole);
  if (works.empty()) return whole;
  Tails tails = LoadTails(&works, rewinds);
  absl::flat_hash_map<std::string, Appended> appended;
  for (const EntityWork& work : works) {
    const std::string& ref = work.entity.entity_ref;
    TimelineTail& tail = tails.at(ref);
    Appended& one = appended[ref];
    if (rewinds.contains(ref) && tail.reach.HasCommits()) {
      one.whole = true;
    } else {
      one = headway::Append(PatchOf(work, rewinds), &tail);
    }
  }
  ShipChanges(&appended);
  for (EntityWork& work : works) {
    const std::string& ref = work.entity.entity_ref;
    const auto rewound = rewinds.find(ref);
    if (appended.at(ref).whole) {
      whole.push_back(std::move(work));
      continue;
    }
    TimelineTail& tail = tails.at(ref);
    Write(tail, appended.at(ref), rewound == rewinds.end() ? nullptr : &rewound->second);
    Stage(ref, work.entity.version + 1, std::move(tail.reach));
    ++result_.appended;
  }
  return whole;
}

EntityWriter::Tails EntityWriter::LoadTails(std::vector<EntityWork>* works, const Rewinds& rewinds) {
  Tails tails;
  std::vector<std::string> refs;
  for (const EntityWork& work : *works) {
    TimelineTail& tail = tails[work.entity.entity_ref];
    tail.entity_ref = work.entity.entity_ref;
    tail.end = work.entity.end;
    refs.push_back(work.entity.entity_ref);
  }
  for (Placed<StreamHead>& head : LoadHeads(tx_, refs)) {
    const StreamName stream(head.stored.environment, head.stored.stream);
    tails.at(head.entity_ref).heads[stream] = std::move(head.stored);
  }
  LoadReaches(works, &tails);
  LoadNumbers(*works, &tails);

  RewindHeads(rewinds, &tails);

  std::vector<std::string> asked_refs;
  std::vector<Identity> asked;
  const auto ask = [&](const std::string& ref, const std::vector<Identity>& identities) {
    for (const Identity& identity : identities) {
      asked_refs.push_back(ref);
      asked.push_back(identity);
      tails.at(ref).by_identity[identity];
    }
  };
  const auto answer = [&] {
    for (Placed<StoredDeployment>& run : FindByIdentity(tx_, asked_refs, asked)) {
      tails.at(run.entity_ref).by_identity[run.stored.row.identity].push_back(std::move(run.stored));
    }
    asked_refs.clear();
    asked.clear();
  };
  for (const EntityWork& work : *works) {
    const std::string& ref = work.entity.entity_ref;
    ask(ref, IdentitiesOf(PatchOf(work, rewinds), tails.at(ref).reach));
  }
  answer();
  for (const EntityWork& work : *works) {
    const TimelineTail& tail = tails.at(work.entity.entity_ref);
    if (rewinds.contains(tail.entity_ref) || ComesBack(*work.patch, tail))
      ask(tail.entity_ref, RunningIdentities(tail));
  }
  answer();
  for (const auto& [ref, rewound] : rewinds) RewindRuns(rewound, &tails.at(ref));
  return tails;
}

void EntityWriter::LoadNumbers(const std::vector<EntityWork>& works, Tails* tails) {
  std::vector<std::string> refs, sources, streams;
  for (const EntityWork& work : works) {
    for (const NumberedStream& stream : NumberedStreamsOf(*work.patch)) {
      refs.push_back(work.entity.entity_ref);
      sources.push_back(stream.first);
      streams.push_back(stream.second);
    }
  }
  for (Placed<NumberedDeployment>& last : FindLastNumbered(tx_, refs, sources, streams)) {
    NumberedStream stream(last.stored.source, last.stored.stream);
    tails->at(last.entity_ref).last_numbered.emplace(std::move(stream), std::move(last.stored));
  }
}

void EntityWriter::LoadReaches(std::vector<EntityWork>* works, Tails* tails) {
  std::vector<LockedEntity*> entities;
  for (EntityWork& work : *works) entities.push_back(&work.entity);
  LoadGraphs(tx_, *memory_.graphs, entities);
  std::vector<std::string> unknown;
  for (const LockedEntity* entity : entities) {
    Reach& reach = tails->at(entity->entity_ref).reach;
    std::optional<Reach> kept = memory_.reaches.Take(entity->entity_ref, entity->version);
    if (kept.has_value() && kept->Attach(entity->repositories)) {
      reach = *std::move(kept);
      continue;
    }
    reach = Reach(entity->repositories);
    if (reach.HasCommits()) unknown.push_back(entity->entity_ref);
  }
  for (const Placed<DeployedRevision>& placed : LoadDeployedRevisions(tx_, unknown)) {
    const DeployedRevision& deployed = placed.stored;
    TimelineTail& tail = tails->at(placed.entity_ref);
    const StreamName stream(deployed.environment, deployed.stream);
    const auto head = tail.heads.find(stream);
    const bool running = head != tail.heads.end() && head->second.running.has_value() &&
                         head->second.running_identity == deployed.identity;
    tail.reach.See(stream,
                   tail.reach.Locate(RepositoryOf(deployed.repository, tail.reach.repositories()), deployed.revision),
                   deployed.kind, deployed.in_scope, running);
  }
}

void EntityWriter::ShipChanges(absl::flat_hash_map<std::string, Appended>* appended) {
  MergeCommits commits;
  for (const auto& [ref, one] : *appended) {
    if (one.whole) continue;
    for (const ShippedCommit& commit : one.shipped) {
      commits.entity_refs.push_back(ref);
      commits.repositories.push_back(commit.repository);
      commits.shas.push_back(commit.sha);
    }
  }
  absl::flat_hash_map<std::string, std::vector<UnshippedChange>> by_entity;
  for (Placed<UnshippedChange>& change : FindUnshipped(tx_, commits)) {
    by_entity[change.entity_ref].push_back(std::move(change.stored));
  }
  for (const auto& [ref, changes] : by_entity) headway::ShipChanges(changes, &appended->at(ref));
}

void EntityWriter::Write(const TimelineTail& tail, const Appended& appended, const Rewound* rewound) {
  const std::string& ref = tail.entity_ref;
  if (rewound != nullptr) {
    AddDifference(ref, *rewound, appended);
  } else {
    for (const ObjectKey& key : appended.replaced) writer_.DeleteDeployment(ref, key);
    for (const StoredDeployment& deployment : appended.deployments) writer_.InsertDeployment(ref, deployment);
    for (const FailureRow& failure : appended.failures) writer_.InsertFailure(ref, failure);
    for (const ReworkRow& rework : appended.rework) writer_.InsertRework(ref, rework);
  }
  for (const GapRow& gap : appended.gaps) writer_.InsertGap(ref, gap);
  for (const ChangeRow& change : appended.changes) writer_.ReplaceChange(ref, change);
  for (const AwaitedCommit& commit : appended.awaited) writer_.Await(ref, commit);
  for (const StreamName& stream : appended.streams) writer_.ReplaceHead(ref, tail.heads.at(stream));
  // What is replaced is pending, which readers do not see.
  const bool appended_only = rewound == nullptr && appended.failures.empty() && appended.rework.empty() &&
                             appended.gaps.empty() && appended.changes.empty() && !appended.takes_over;
  writer_.Bump(ref, kDerivationVersion, tail.end, appended_only);
  ++result_.entities;
}

void EntityWriter::Whole(const std::vector<EntityWork>& works) {
  for (size_t begin = 0; begin < works.size(); begin += kWholeAtOnce) {
    const size_t end = std::min(works.size(), begin + kWholeAtOnce);
    std::vector<LockedEntity> locked;
    for (size_t i = begin; i < end; ++i) locked.push_back(works[i].entity);
    const std::vector<StoredEntity> before = LoadEntities(tx_, *memory_.graphs, locked);
    for (size_t i = 0; i < before.size(); ++i) {
      StoredEntity after = before[i];
      if (works[begin + i].patch != nullptr) ApplyPatch(*works[begin + i].patch, &after);
      DeriveStored(&after);
      const bool differs = writer_.Add(before[i], after);
      if (differs) {
        writer_.Bump(after.entity_ref, kDerivationVersion, after.end);
        ++result_.entities;
      }
      if (memory_.allow_append) Stage(after.entity_ref, before[i].version + (differs ? 1 : 0), ReachOf(after));
    }
  }
}

void EntityWriter::Stage(const std::string& entity_ref, int64_t version, Reach reach) {
  if (reach.HasCommits()) memory_.reaches.Stage(entity_ref, version, std::move(reach));
}

void EntityWriter::Unmapped(const EntityPatch& patch) {
  for (const auto& [key, deployment] : patch.deployments) {
    if (patch.known.contains(key)) writer_.DeleteDeployment("", key);
    if (!deployment.has_value()) continue;
    StoredDeployment stored = *deployment;
    stored.row.key = key;
    stored.row.has_revision = !stored.fact.source_revision.empty();
    stored.row.finished =
        stored.fact.phase == Phase::kPending ? absl::InfiniteFuture() : FinishOf(stored.fact, DerivePolicies{}).at;
    writer_.InsertDeployment("", stored);
  }
  for (const auto& [key, incident] : patch.incidents) {
    incident.has_value() ? writer_.ReplaceIncident("", *incident) : writer_.DeleteIncident("", key);
  }
}

}  // namespace headway
