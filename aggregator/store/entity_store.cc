#include "aggregator/store/entity_store.h"

#include <algorithm>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

constexpr char kLockedColumns[] =
    "e.entity_ref, e.version, e.derivation_version, e.last_finished, e.last_opening, e.open_links, e.image";

LockedEntity DecodeLocked(const pqxx::row& row) {
  LockedEntity entity;
  entity.entity_ref = StringOf(row[0]);
  entity.version = row[1].as<int64_t>();
  entity.derivation_version = row[2].as<int>();
  entity.end.last_finished = TimeOf(row[3]);
  entity.end.last_opening = TimeOf(row[4]);
  entity.end.open_links = row[5].as<bool>();
  entity.image = StringOf(row[6]);
  return entity;
}

// Gives each repository its graph.
void TakeGraphs(pqxx::transaction_base& tx, GraphCache& graphs, const std::vector<RepositoryInput*>& repositories) {
  std::vector<std::string> names;
  for (const RepositoryInput* repository : repositories) names.push_back(repository->name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const std::vector<std::shared_ptr<const CommitGraph>> by_name = graphs.Get(tx, names);
  for (RepositoryInput* repository : repositories) {
    repository->graph = by_name[std::lower_bound(names.begin(), names.end(), repository->name) - names.begin()];
  }
}

// Gives each entity its declared repositories.
void LoadRepositories(pqxx::transaction_base& tx, const std::string& refs, std::vector<LockedEntity>* entities) {
  absl::flat_hash_map<std::string, LockedEntity*> by_ref;
  for (LockedEntity& entity : *entities) by_ref.emplace(entity.entity_ref, &entity);
  for (const pqxx::row& row : RunPrepared(tx,
                                          "SELECT entity_ref, repository, path_prefixes FROM dora.entity_repositories "
                                          "WHERE entity_ref = ANY ($1::text[]) ORDER BY 1, 2",
                                          refs)) {
    const auto it = by_ref.find(StringOf(row[0]));
    if (it != by_ref.end())
      it->second->repositories.push_back({StringOf(row[1]), ParseTextArray(StringOf(row[2])), nullptr});
  }
}

// Fills entities from one statement for each table.
class Loader {
 public:
  Loader(pqxx::transaction_base& tx, GraphCache& graphs, std::vector<StoredEntity>* entities)
      : tx_(tx), graphs_(graphs), entities_(*entities) {
    ArrayText refs;
    for (StoredEntity& entity : entities_) {
      refs.Add(entity.entity_ref);
      by_ref_.emplace(entity.entity_ref, &entity);
    }
    refs_ = refs.Finish();
  }

  void Facts() {
    Each("dora.deployments", DeploymentColumns(), "deployment_key",
         [](StoredEntity& entity, const pqxx::row& row) { entity.deployments.push_back(DecodeDeployment(row, 1)); });
    Each("dora.incidents", IncidentColumns(), "incident_key",
         [](StoredEntity& entity, const pqxx::row& row) { entity.incidents.push_back(DecodeIncident(row, 1)); });
    Repositories();
    Merged();
  }

  void Derived() {
    Each("dora.changes", ChangeColumns(), "",
         [](StoredEntity& entity, const pqxx::row& row) { entity.changes.push_back(DecodeChange(row, 1)); });
    Each("dora.failures", FailureColumns(), "",
         [](StoredEntity& entity, const pqxx::row& row) { entity.failures.push_back(DecodeFailure(row, 1)); });
    if (HasNumbered()) {
      Each("dora.gaps", GapColumns(), "until, deployment_key",
           [](StoredEntity& entity, const pqxx::row& row) { entity.gaps.push_back(DecodeGap(row, 1)); });
    }
    Each("dora.rework", ReworkColumns(), "",
         [](StoredEntity& entity, const pqxx::row& row) { entity.rework.push_back(DecodeRework(row, 1)); });
    Each("dora.stream_heads", HeadColumns(), "environment, stream",
         [](StoredEntity& entity, const pqxx::row& row) { entity.heads.push_back(DecodeHead(row, 1)); });
    Each("dora.awaited_commits", "repository, sha", "repository, sha", [](StoredEntity& entity, const pqxx::row& row) {
      entity.awaited.push_back({StringOf(row[1]), StringOf(row[2]).substr(2)});
    });
    Each("dora.entity_sources", "covers, source, latest_event", "covers, source",
         [](StoredEntity& entity, const pqxx::row& row) {
           entity.sources.push_back({static_cast<Covers>(row[1].as<int>()), StringOf(row[2]), TimeOf(row[3])});
         });
  }

 private:
  // Without a number there are no gaps.
  bool HasNumbered() const {
    return std::any_of(entities_.begin(), entities_.end(), [](const StoredEntity& entity) {
      return std::any_of(entity.deployments.begin(), entity.deployments.end(),
                         [](const StoredDeployment& deployment) { return deployment.fact.sequence.has_value(); });
    });
  }

  template <typename Take>
  void Each(const std::string& table, const std::string& columns, const std::string& order, const Take& take) {
    std::string sql = absl::StrCat("SELECT entity_ref, ", columns, " FROM ", table,
                                   " WHERE entity_ref = ANY ($1::text[])");  // lint: sql of constants
    if (!order.empty()) absl::StrAppend(&sql, " ORDER BY entity_ref, ", order);
    for (const pqxx::row& row : RunPrepared(tx_, sql, refs_)) take(*by_ref_.at(StringOf(row[0])), row);
  }

  void Repositories() {
    Each("dora.entity_repositories", "repository, path_prefixes", "repository",
         [&](StoredEntity& entity, const pqxx::row& row) {
           entity.repositories.push_back({StringOf(row[1]), ParseTextArray(StringOf(row[2])), nullptr});
         });
    std::vector<RepositoryInput*> all;
    for (StoredEntity& entity : entities_) {
      for (RepositoryInput& repository : entity.repositories) {
        all.push_back(&repository);
        users_[repository.name].push_back({&entity, &repository.path_prefixes});
      }
    }
    TakeGraphs(tx_, graphs_, all);
  }

  void Merged() {
    if (users_.empty()) return;
    ArrayText names;
    for (const auto& [name, users] : users_) names.Add(name);
    const pqxx::result rows = RunPrepared(
        tx_,
        "SELECT repository, number, source, opened, first_authored, first_review, merged, merge_commit, commits, "
        "cherry_picks, bot, hotfix, reverts_numbers, reverts_shas, paths FROM dora.pull_requests "
        "WHERE repository = ANY ($1::text[]) AND merged IS NOT NULL ORDER BY repository, number",
        names.Finish());
    for (const pqxx::row& row : rows) {
      StoredChange change = DecodeMerged(row);
      std::optional<std::vector<std::string>> paths;
      if (!row[14].is_null()) paths = ParseTextArray(StringOf(row[14]));
      for (const auto& [entity, prefixes] : users_.at(change.fact.repository)) {
        change.fact.touches_entity = TouchesPaths(*prefixes, paths);
        entity->merged.push_back(change);
      }
    }
  }

  static StoredChange DecodeMerged(const pqxx::row& row) {
    StoredChange change;
    ChangeFact& fact = change.fact;
    fact.repository = StringOf(row[0]);
    fact.number = row[1].as<int64_t>();
    change.source = StringOf(row[2]);
    fact.opened = OptionalTime(row[3]);
    fact.first_authored = OptionalTime(row[4]);
    fact.first_review = OptionalTime(row[5]);
    fact.merged = TimeOf(row[6]);
    fact.merge_commit = StringOf(row[7]);
    fact.commits = ParseTextArray(StringOf(row[8]));
    fact.cherry_picks = ParseTextArray(StringOf(row[9]));
    fact.bot = row[10].as<bool>();
    fact.hotfix = row[11].as<bool>();
    for (const std::string& number : ParseTextArray(StringOf(row[12])))
      fact.reverts_numbers.push_back(std::stoll(number));
    fact.reverts_shas = ParseTextArray(StringOf(row[13]));
    return change;
  }

  struct User {
    StoredEntity* entity;
    const std::vector<std::string>* prefixes;
  };

  pqxx::transaction_base& tx_;
  GraphCache& graphs_;
  std::vector<StoredEntity>& entities_;
  absl::flat_hash_map<std::string, StoredEntity*> by_ref_;
  absl::flat_hash_map<std::string, std::vector<User>> users_;
  std::string refs_;
};

}  // namespace

std::vector<LockedEntity> LockEntities(pqxx::transaction_base& tx, std::vector<std::string> refs, bool skip_locked) {
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  const std::string all = TextArray(refs);
  const std::string sql =
      absl::StrCat("SELECT ", kLockedColumns, " FROM dora.entities e WHERE e.entity_ref = ANY ($1::text[]) ",
                   "ORDER BY e.entity_ref FOR UPDATE", skip_locked ? " SKIP LOCKED" : "");
  std::vector<LockedEntity> entities;
  const auto lock = [&] {
    entities.clear();
    for (const pqxx::row& row : RunPrepared(tx, sql, all)) entities.push_back(DecodeLocked(row));
  };
  lock();
  // Another worker may make the same rows; then theirs are waited for. Twice, since a row that another worker made is seen only by the next statement.
  if (!skip_locked && entities.size() < refs.size()) {
    RunPrepared(tx, "INSERT INTO dora.entities (entity_ref) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", all);
    lock();
  }
  LoadRepositories(tx, all, &entities);
  return entities;
}

std::vector<StoredEntity> LoadEntities(pqxx::transaction_base& tx, GraphCache& graphs,
                                       const std::vector<LockedEntity>& locked) {
  std::vector<StoredEntity> entities(locked.size());
  for (size_t i = 0; i < locked.size(); ++i) {
    entities[i].entity_ref = locked[i].entity_ref;
    entities[i].version = locked[i].version;
    entities[i].derivation_version = locked[i].derivation_version;
    entities[i].end = locked[i].end;
  }
  if (entities.empty()) return entities;
  Loader loader(tx, graphs, &entities);
  loader.Facts();
  loader.Derived();
  return entities;
}

std::vector<StoredEntity> LoadFacts(pqxx::transaction_base& tx, GraphCache& graphs,
                                    const std::vector<std::string>& refs) {
  std::vector<StoredEntity> entities(refs.size());
  for (size_t i = 0; i < refs.size(); ++i) entities[i].entity_ref = refs[i];
  if (!entities.empty()) Loader(tx, graphs, &entities).Facts();
  return entities;
}

EntityInputs InputsOf(const StoredEntity& entity) {
  EntityInputs inputs;
  inputs.entity_ref = entity.entity_ref;
  inputs.repositories = entity.repositories;
  inputs.deployments.reserve(entity.deployments.size());
  for (const StoredDeployment& deployment : entity.deployments) inputs.deployments.push_back(deployment.fact);
  inputs.changes.reserve(entity.merged.size());
  for (const StoredChange& change : entity.merged) inputs.changes.push_back(change.fact);
  inputs.incidents.reserve(entity.incidents.size());
  for (const StoredIncident& incident : entity.incidents) inputs.incidents.push_back(incident.fact);
  return inputs;
}

void LoadGraphs(pqxx::transaction_base& tx, GraphCache& graphs, const std::vector<LockedEntity*>& entities) {
  std::vector<RepositoryInput*> repositories;
  for (LockedEntity* entity : entities) {
    for (RepositoryInput& repository : entity->repositories) repositories.push_back(&repository);
  }
  TakeGraphs(tx, graphs, repositories);
}

void LockGraphs(pqxx::transaction_base& tx, const std::vector<std::string>& repositories, bool exclusive) {
  if (repositories.empty()) return;
  // Ordered by the lock's number, so that two workers cannot wait for one another.
  RunPrepared(
      tx,
      absl::StrCat(
          "SELECT pg_advisory_xact_lock", exclusive ? "" : "_shared",
          "(1751474285, h.h) FROM (SELECT DISTINCT hashtext(r) AS h FROM unnest($1::text[]) r ORDER BY 1 OFFSET 0) h"),
      TextArray(repositories));
}

}  // namespace headway
