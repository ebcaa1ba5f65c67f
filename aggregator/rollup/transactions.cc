#include "aggregator/rollup/transactions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/time/clock.h"
#include "aggregator/projection/fold.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/entity_writer.h"
#include "aggregator/rollup/fold_objects.h"
#include "aggregator/store/catalog_store.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/fact_store.h"
#include "aggregator/store/gap_store.h"
#include "aggregator/store/manifest_store.h"
#include "aggregator/store/mapping_store.h"
#include "aggregator/store/revision_store.h"
#include "aggregator/store/source_store.h"
#include "aggregator/store/status_store.h"
#include "aggregator/store/stream_store.h"

namespace headway {
namespace {

std::vector<std::string> RepositoriesOf(const std::vector<LockedEntity>& entities) {
  std::set<std::string> names;
  for (const LockedEntity& entity : entities) {
    for (const RepositoryInput& repository : entity.repositories) names.insert(repository.name);
  }
  return {names.begin(), names.end()};
}

// also: entities to be derived although nothing of them may be new.
void WorkOnFacts(pqxx::transaction_base& tx, WorkerMemory& memory, const std::vector<WorkObject>& objects,
                 BatchResult* result, const std::vector<std::string>& also = {}) {
  const FoldedObjects folded = FoldObjects(tx, *memory.rules, objects, also);
  AddStreamPlaces(tx, folded.new_places);
  WriteUses(tx, folded.uses_before, folded.uses_after);
  if (!folded.pull_requests.empty()) {
    const std::vector<std::string> repositories_changed = WritePullRequests(tx, folded.pull_requests);
    if (memory.enqueue) EnqueueEntities(tx, EntitiesOfRepositories(tx, repositories_changed), true);
  }
  const absl::flat_hash_set<std::string> always(also.begin(), also.end());
  std::vector<LockedEntity> patched;
  for (const LockedEntity& entity : folded.locked) {
    if (folded.patches.contains(entity.entity_ref) || always.contains(entity.entity_ref)) patched.push_back(entity);
  }
  LockGraphs(tx, RepositoriesOf(patched), false);

  EntityWriter writer(tx, memory, result);
  std::vector<EntityWork> whole, append;
  for (const LockedEntity& entity : patched) {
    const auto found = folded.patches.find(entity.entity_ref);
    const EntityPatch* const patch = found == folded.patches.end() ? nullptr : &found->second;
    Fit fit = Fit::kWhole;
    if (patch != nullptr && !always.contains(entity.entity_ref) && memory.allow_append) fit = FitOf(entity, *patch);
    (fit == Fit::kWhole ? whole : append).push_back({entity, patch, fit});
  }
  for (EntityWork& work : writer.Append(std::move(append))) whole.push_back(std::move(work));
  writer.Whole(whole);
  const auto unmapped = folded.patches.find("");
  if (unmapped != folded.patches.end()) writer.Unmapped(unmapped->second);
  writer.Flush();
  if (unmapped != folded.patches.end())
    result->gaps_changed |= WriteUnmappedGaps(tx, NumberedStreamsOf(unmapped->second));
}

void WorkOnCommits(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) {
  std::vector<std::string> all, revised;
  for (const WorkObject& object : objects) (object.revised ? revised : all).push_back(object.repository);
  all.insert(all.end(), revised.begin(), revised.end());
  // From here on no derivation is under way that has not seen these commits and may still say that it awaits one of them.
  LockGraphs(tx, all, true);
  EnqueueEntities(tx, EntitiesWhoseCommitsCame(tx, all), true);
  EnqueueEntities(tx, EntitiesOfRepositories(tx, revised), true);
  EnqueueWhoseCommitsCame(tx, all);
}

}  // namespace

void ReapplyRules(pqxx::transaction_base& tx, WorkerMemory& memory, const std::vector<WorkObject>& objects) {
  std::vector<EntityDeclarationFact> entities;
  std::vector<StreamMappingFact> mappings;
  std::vector<MappingRuleFact> mapping_rules;
  std::vector<EnvironmentRuleFact> rules;
  std::vector<SourceCondition> sources;
  std::vector<ImageTagRuleFact> image_tags;
  std::vector<StreamFact> streams;
  std::vector<ObjectKey> resolve;
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
      case ObservationKind::kMappingRule:
        take(FoldMappingRule(object.payloads), &mapping_rules);
        break;
      case ObservationKind::kEnvironmentRule:
        take(FoldEnvironmentRule(object.payloads), &rules);
        break;
      case ObservationKind::kSourceStatus:
        take(FoldSourceCondition(object.payloads), &sources);
        break;
      case ObservationKind::kImageTagRule:
        take(FoldImageTagRule(object.payloads), &image_tags);
        break;
      case ObservationKind::kStream:
        take(FoldStream(object.payloads), &streams);
        resolve.push_back(object.key);
        break;
      case ObservationKind::kCommit:
      case ObservationKind::kChange:
      case ObservationKind::kDeployment:
      case ObservationKind::kIncidentEvent:
      case ObservationKind::kArtefact:
      case ObservationKind::kManifestRevision:
        break;
    }
  }
  if (!entities.empty()) {
    WriteEntities(tx, entities);
    WriteCatalog(tx, entities);
  }
  if (!mappings.empty()) WriteMappings(tx, mappings);
  if (!mapping_rules.empty()) WriteMappingRules(tx, mapping_rules);
  if (!rules.empty()) WriteEnvironmentRules(tx, rules);
  if (!sources.empty()) {
    WriteSources(tx, sources);
    ForgetSuperseded(tx, objects);
  }
  if (!image_tags.empty()) WriteTagRules(tx, image_tags);
  if (!streams.empty()) WriteStreams(tx, streams);
  if (resolve.empty()) return;
  // What this transaction says itself is not to be remembered: it may come to nothing.
  const std::shared_ptr<const RuleSet> now = LoadRules(tx, memory.rules);
  const bool rules_stay = entities.empty() && mapping_rules.empty() && rules.empty() && image_tags.empty();
  if (rules_stay) memory.rules = now;
  ResolveStreams(tx, *now, resolve, true);
}

void ApplyArtefacts(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) {
  std::vector<ArtefactFact> artefacts;
  for (const WorkObject& object : objects) {
    ArtefactFact fact = FoldArtefact(object.payloads);
    if (fact.exists) artefacts.push_back(std::move(fact));
  }
  WriteArtefacts(tx, artefacts);
}

void ApplyManifests(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects) {
  std::vector<ManifestRevisionFact> revisions;
  for (const WorkObject& object : objects) {
    ManifestRevisionFact fact = FoldManifestRevision(object.payloads);
    if (fact.exists) revisions.push_back(std::move(fact));
  }
  WriteManifests(tx, revisions);
}

void WorkOnObjects(pqxx::transaction_base& tx, WorkerMemory& memory, Lane lane, int limit, WorkShare share,
                   BatchResult* result) {
  PrepareWorkerTransaction(tx);
  memory.reaches.Begin();
  const absl::Time now = absl::Now();
  QueueFront& front = memory.fronts[lane == Lane::kLive ? 0 : 1];
  TakenObjects taken = TakeObjects(tx, lane, limit, share, memory.exhaustive ? 0 : front.From(now));
  front.Saw(taken.first_item, now);
  result->more = taken.more;
  for (const WorkObject& object : taken.objects) result->units.push_back(std::to_string(object.unit));
  if (taken.objects.empty()) return;
  if (taken.work_class == WorkClass::kCommits) {
    WorkOnCommits(tx, taken.objects);
  } else if (taken.work_class == WorkClass::kArtefacts) {
    ReadPayloads(tx, &taken.objects);
    ApplyArtefacts(tx, taken.objects);
  } else if (taken.work_class == WorkClass::kManifests) {
    ReadPayloads(tx, &taken.objects);
    ApplyManifests(tx, taken.objects);
  } else {
    LockRules(tx, taken.work_class == WorkClass::kRules);
    ReadPayloads(tx, &taken.objects);
    if (taken.work_class == WorkClass::kRules) {
      ReapplyRules(tx, memory, taken.objects);
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
  memory.reaches.Begin();
  const TakenEntities taken = TakeEntities(tx, limit);
  result->more = taken.more;
  result->units = taken.entity_refs;
  if (taken.entity_refs.empty()) return;
  const std::vector<LockedEntity> locked = LockEntities(tx, taken.entity_refs);
  LockGraphs(tx, RepositoriesOf(locked), false);
  EntityWriter writer(tx, memory, result);
  std::vector<EntityWork> whole;
  for (const LockedEntity& entity : locked) whole.push_back({entity, nullptr});
  writer.Whole(whole);
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
