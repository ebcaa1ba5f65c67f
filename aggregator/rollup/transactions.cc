#include "aggregator/rollup/transactions.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/timeline.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/derive_entity.h"
#include "aggregator/rollup/fold_objects.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/fact_store.h"

namespace headway {
namespace {

// Entities that are held in memory at once.
constexpr size_t kWholeAtOnce = 200;

std::vector<std::string> RepositoriesOf(const std::vector<LockedEntity>& entities) {
  std::set<std::string> names;
  for (const LockedEntity& entity : entities) names.insert(entity.repositories.begin(), entity.repositories.end());
  return {names.begin(), names.end()};
}

// Derives and writes a batch of entities, some by appending, the others whole.
class EntityWriter {
 public:
  EntityWriter(pqxx::transaction_base& tx, WorkerMemory& memory, BatchResult* result)
      : tx_(tx), memory_(memory), result_(*result) {}

  // The entities are locked, and so are their graphs.
  void Append(const std::vector<std::pair<const LockedEntity*, const EntityPatch*>>& entities) {
    if (entities.empty()) return;
    std::map<std::string, TimelineTail> tails = LoadTails(entities);
    for (const auto& [entity, patch] : entities) {
      TimelineTail& tail = tails.at(entity->entity_ref);
      Write(tail, headway::Append(*patch, &tail));
    }
    result_.appended += static_cast<int64_t>(entities.size());
  }

  // patches: parallel; nullptr where nothing but the derivation is new.
  void Whole(const std::vector<LockedEntity>& entities, const std::vector<const EntityPatch*>& patches) {
    for (size_t begin = 0; begin < entities.size(); begin += kWholeAtOnce) {
      const size_t end = std::min(entities.size(), begin + kWholeAtOnce);
      const std::vector<StoredEntity> before = LoadEntities(
          tx_, *memory_.graphs, std::vector<LockedEntity>(entities.begin() + begin, entities.begin() + end));
      for (size_t i = 0; i < before.size(); ++i) {
        StoredEntity after = before[i];
        if (patches[begin + i] != nullptr) ApplyPatch(*patches[begin + i], &after);
        DeriveStored(&after);
        if (!writer_.Add(before[i], after)) continue;
        writer_.Bump(after.entity_ref, kDerivationVersion, after.end);
        ++result_.entities;
      }
    }
  }

  // What belongs to no entity is kept as it is.
  void Unmapped(const EntityPatch& patch) {
    for (const auto& [key, deployment] : patch.deployments) {
      if (patch.known.contains(key)) writer_.DeleteDeployment("", key);
      if (!deployment.has_value()) continue;
      StoredDeployment stored = *deployment;
      stored.row.key = key;
      stored.row.finished =
          stored.fact.phase == Phase::kPending ? absl::InfiniteFuture() : FinishOf(stored.fact, DerivePolicies{}).at;
      writer_.InsertDeployment("", stored);
    }
    for (const auto& [key, incident] : patch.incidents) {
      incident.has_value() ? writer_.ReplaceIncident("", *incident) : writer_.DeleteIncident("", key);
    }
  }

  void Flush() { writer_.Flush(tx_); }

 private:
  std::map<std::string, TimelineTail> LoadTails(
      const std::vector<std::pair<const LockedEntity*, const EntityPatch*>>& entities) {
    std::map<std::string, TimelineTail> tails;
    std::vector<std::string> refs, asked_refs;
    std::vector<Identity> asked;
    const auto ask = [&](const std::string& ref, const std::vector<Identity>& identities) {
      for (const Identity& identity : identities) {
        asked_refs.push_back(ref);
        asked.push_back(identity);
        tails[ref].by_identity[identity];
      }
    };
    const auto answer = [&] {
      for (Placed<StoredDeployment>& run : FindByIdentity(tx_, asked_refs, asked)) {
        tails[run.entity_ref].by_identity[run.stored.row.identity].push_back(std::move(run.stored));
      }
      asked_refs.clear();
      asked.clear();
    };
    for (const auto& [entity, patch] : entities) {
      TimelineTail& tail = tails[entity->entity_ref];
      tail.entity_ref = entity->entity_ref;
      tail.repositories = entity->repositories;
      tail.end = entity->end;
      refs.push_back(entity->entity_ref);
      ask(entity->entity_ref, IdentitiesOf(*patch, entity->repositories));
    }
    for (Placed<StreamHead>& head : LoadHeads(tx_, refs)) {
      const std::pair<std::string, std::string> stream(head.stored.environment, head.stored.stream);
      tails[head.entity_ref].heads[stream] = std::move(head.stored);
    }
    answer();
    for (const auto& [entity, patch] : entities) {
      TimelineTail& tail = tails[entity->entity_ref];
      if (ComesBack(*patch, tail)) ask(entity->entity_ref, RunningIdentities(tail));
    }
    answer();
    return tails;
  }

  void Write(const TimelineTail& tail, const Appended& appended) {
    const std::string& ref = tail.entity_ref;
    for (const ObjectKey& key : appended.replaced) writer_.DeleteDeployment(ref, key);
    for (const StoredDeployment& deployment : appended.deployments) writer_.InsertDeployment(ref, deployment);
    for (const FailureRow& failure : appended.failures) writer_.InsertFailure(ref, failure);
    for (const ReworkRow& rework : appended.rework) writer_.InsertRework(ref, rework);
    for (const AwaitedCommit& commit : appended.awaited) writer_.Await(ref, commit);
    for (const auto& stream : appended.streams) writer_.ReplaceHead(ref, tail.heads.at(stream));
    writer_.Bump(ref, kDerivationVersion, tail.end);
    ++result_.entities;
  }

  pqxx::transaction_base& tx_;
  WorkerMemory& memory_;
  BatchResult& result_;
  DifferenceWriter writer_;
};

// also: entities to be derived although nothing of them may be new.
void WorkOnFacts(pqxx::transaction_base& tx, WorkerMemory& memory, const std::vector<WorkObject>& objects,
                 BatchResult* result, const std::vector<std::string>& also = {}) {
  const FoldedObjects folded = FoldObjects(tx, *memory.rules, objects, also);
  AddStreamPlaces(tx, folded.new_places);
  if (!folded.pull_requests.empty()) {
    const std::vector<std::string> repositories_changed = WritePullRequests(tx, folded.pull_requests);
    if (memory.enqueue) EnqueueEntities(tx, EntitiesOfRepositories(tx, repositories_changed), true);
  }
  const absl::flat_hash_set<std::string> always(also.begin(), also.end());
  std::vector<LockedEntity> patched;
  for (const LockedEntity& entity : folded.locked) {
    if (folded.patches.contains(entity.entity_ref) || always.contains(entity.entity_ref)) patched.push_back(entity);
  }
  const std::vector<std::string> repositories = RepositoriesOf(patched);
  LockGraphs(tx, repositories, false);
  const std::vector<std::string> with_commits = RepositoriesWithCommits(tx, repositories);
  const absl::flat_hash_set<std::string> has_commits(with_commits.begin(), with_commits.end());

  std::vector<std::pair<const LockedEntity*, const EntityPatch*>> appended;
  std::vector<LockedEntity> whole;
  std::vector<const EntityPatch*> whole_patches;
  for (const LockedEntity& entity : patched) {
    const auto found = folded.patches.find(entity.entity_ref);
    const EntityPatch* const patch = found == folded.patches.end() ? nullptr : &found->second;
    const bool has_graph = std::any_of(entity.repositories.begin(), entity.repositories.end(),
                                       [&](const std::string& name) { return has_commits.contains(name); });
    if (patch != nullptr && !always.contains(entity.entity_ref) && memory.allow_append && !has_graph &&
        CanAppend(entity, *patch)) {
      appended.push_back({&entity, patch});
    } else {
      whole.push_back(entity);
      whole_patches.push_back(patch);
    }
  }
  EntityWriter writer(tx, memory, result);
  writer.Append(appended);
  writer.Whole(whole, whole_patches);
  const auto unmapped = folded.patches.find("");
  if (unmapped != folded.patches.end()) writer.Unmapped(unmapped->second);
  writer.Flush();
}

void WorkOnCommits(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) {
  std::vector<std::string> all, revised;
  for (const WorkObject& object : objects) (object.revised ? revised : all).push_back(object.repository);
  all.insert(all.end(), revised.begin(), revised.end());
  // From here on no derivation is under way that has not seen these commits and may still say that it awaits one of them.
  LockGraphs(tx, all, true);
  EnqueueEntities(tx, EntitiesWhoseCommitsCame(tx, all), true);
  EnqueueEntities(tx, EntitiesOfRepositories(tx, revised), true);
}

}  // namespace

void ReapplyRules(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) {
  std::vector<EntityDeclarationFact> entities;
  std::vector<StreamMappingFact> mappings;
  std::vector<EnvironmentRuleFact> rules;
  std::vector<SourceStatusFact> sources;
  const auto take = [](auto fact, auto* list) {
    if (fact.exists) list->push_back(std::move(fact));
  };
  for (const WorkObject& object : objects) {
    switch (object.kind) {
      case ObservationKind::kEntity:
        take(FoldEntity(object.payloads), &entities);
        break;
      case ObservationKind::kStreamMapping:
        take(FoldStreamMapping(object.payloads), &mappings);
        break;
      case ObservationKind::kEnvironmentRule:
        take(FoldEnvironmentRule(object.payloads), &rules);
        break;
      case ObservationKind::kSourceStatus:
        take(FoldSourceStatus(object.payloads), &sources);
        break;
      case ObservationKind::kCommit:
      case ObservationKind::kChange:
      case ObservationKind::kDeployment:
      case ObservationKind::kIncidentEvent:
        break;
    }
  }
  if (!entities.empty()) WriteEntities(tx, entities);
  if (!mappings.empty()) WriteMappings(tx, mappings);
  if (!rules.empty()) WriteEnvironmentRules(tx, rules);
  if (!sources.empty()) WriteSources(tx, sources);
}

void WorkOnObjects(pqxx::transaction_base& tx, WorkerMemory& memory, Lane lane, int limit, WorkShare share,
                   BatchResult* result) {
  PrepareWorkerTransaction(tx);
  TakenObjects taken = TakeObjects(tx, lane, limit, share);
  result->more = taken.more;
  for (const WorkObject& object : taken.objects) result->units.push_back(std::to_string(object.unit));
  if (taken.objects.empty()) return;
  if (taken.work_class == WorkClass::kCommits) {
    WorkOnCommits(tx, taken.objects);
  } else {
    LockRules(tx, taken.work_class == WorkClass::kRules);
    ReadPayloads(tx, &taken.objects);
    if (taken.work_class == WorkClass::kRules) {
      ReapplyRules(tx, taken.objects);
    } else {
      memory.rules = LoadRules(tx, memory.rules);
      WorkOnFacts(tx, memory, taken.objects, result);
    }
  }
  Unpark(tx, "unit", result->units);
  result->objects = static_cast<int64_t>(taken.objects.size());
}

void WorkOnEntities(pqxx::transaction_base& tx, WorkerMemory& memory, int limit, BatchResult* result) {
  PrepareWorkerTransaction(tx);
  const TakenEntities taken = TakeEntities(tx, limit);
  result->more = taken.more;
  result->units = taken.entity_refs;
  if (taken.entity_refs.empty()) return;
  const std::vector<LockedEntity> locked = LockEntities(tx, taken.entity_refs);
  LockGraphs(tx, RepositoriesOf(locked), false);
  EntityWriter writer(tx, memory, result);
  writer.Whole(locked, std::vector<const EntityPatch*>(locked.size(), nullptr));
  writer.Flush();
  Unpark(tx, "entity", result->units);
  result->objects = static_cast<int64_t>(taken.entity_refs.size());
}

void Refold(pqxx::transaction_base& tx, WorkerMemory& memory, const std::vector<WorkObject>& objects,
            const std::vector<std::string>& entity_refs, BatchResult* result) {
  LockRules(tx, false);
  memory.rules = LoadRules(tx, memory.rules);
  WorkOnFacts(tx, memory, objects, result, entity_refs);
  result->objects = static_cast<int64_t>(objects.size());
}

}  // namespace headway
