#include "services/metrics/fake_entities.h"

#include <algorithm>

namespace headway::testing {
namespace {

template <typename Fact>
std::vector<Fact> Named(const std::vector<Fact>& facts, absl::Span<const ObjectKey> keys) {
  std::vector<Fact> named;
  for (const ObjectKey& key : keys) {
    for (const Fact& fact : facts) {
      if (fact.key == key) named.push_back(fact);
    }
  }
  return named;
}

absl::Time LastFinished(const EntityInputs& inputs) {
  absl::Time last = absl::InfinitePast();
  for (const DeploymentRow& row : Derive(inputs, {}).deployments) {
    if (row.finished != absl::InfiniteFuture()) last = std::max(last, row.finished);
  }
  return last;
}

}  // namespace

void FakeEntities::Put(EntityInputs inputs) {
  absl::MutexLock lock(&mutex_);
  Stored& stored = entities_[inputs.entity_ref];
  stored.state.entity_ref = inputs.entity_ref;
  stored.state.appended_from = ++stored.state.version;
  stored.state.last_finished = LastFinished(inputs);
  if (stored.state.sources.empty()) {
    stored.state.sources = {{"ci", Covers::kDeployments, {}, {}},
                            {"forge", Covers::kChanges, {}, {}},
                            {"pager", Covers::kIncidents, {}, {}}};
  }
  stored.inputs = std::move(inputs);
}

void FakeEntities::PutBack(EntityInputs inputs, int64_t version) {
  const std::string ref = inputs.entity_ref;
  Put(std::move(inputs));
  absl::MutexLock lock(&mutex_);
  EntityState& state = entities_[ref].state;
  state.version = state.appended_from = version;
}

void FakeEntities::Append(const std::string& entity_ref, DeploymentFact deployment) {
  absl::MutexLock lock(&mutex_);
  Stored& stored = entities_.at(entity_ref);
  stored.inputs.deployments.push_back(std::move(deployment));
  ++stored.state.version;
  stored.state.last_finished = LastFinished(stored.inputs);
}

void FakeEntities::PutAlias(const std::string& alias, const std::string& entity_ref) {
  absl::MutexLock lock(&mutex_);
  aliases_[alias] = entity_ref;
}

void FakeEntities::SetSources(const std::string& entity_ref, std::vector<DataSource> sources) {
  absl::MutexLock lock(&mutex_);
  EntityState& state = entities_[entity_ref].state;
  state.sources = std::move(sources);
  state.appended_from = ++state.version;
}

void FakeEntities::SetPool(const std::string& entity_ref, std::vector<std::string> members,
                           std::vector<std::string> between) {
  absl::MutexLock lock(&mutex_);
  pools_[entity_ref] = {std::move(members), std::move(between)};
}

void FakeEntities::SetStatus(const std::string& source, Covers covers, std::optional<absl::Time> until) {
  absl::MutexLock lock(&mutex_);
  statuses_[{source, static_cast<int>(covers)}] = until;
  ++statuses_version_;
}

void FakeEntities::SetRecomputing(const std::string& entity_ref, bool recomputing) {
  absl::MutexLock lock(&mutex_);
  entities_[entity_ref].state.recomputing = recomputing;
}

void FakeEntities::FailWith(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  failure_ = std::move(status);
}

void FakeEntities::Hold() {
  absl::MutexLock lock(&mutex_);
  is_held_ = true;
}

void FakeEntities::Release() {
  absl::MutexLock lock(&mutex_);
  is_held_ = false;
}

int FakeEntities::held() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

FakeEntities::Calls FakeEntities::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

absl::Status FakeEntities::Enter() {
  ++waiting_;
  mutex_.Await(absl::Condition(
      +[](bool* is_held) { return !*is_held; }, &is_held_));
  --waiting_;
  return failure_;
}

FakeEntities::Stored FakeEntities::StoredOf(const std::string& entity_ref) const {
  const auto alias = aliases_.find(entity_ref);
  const std::string& ref = alias == aliases_.end() ? entity_ref : alias->second;
  const auto it = entities_.find(ref);
  if (it != entities_.end()) return it->second;
  Stored unknown;
  unknown.state.entity_ref = ref;
  return unknown;
}

absl::StatusOr<std::vector<EntityState>> FakeEntities::LoadVersions(absl::Span<const std::string> entity_refs) {
  absl::MutexLock lock(&mutex_);
  ++calls_.versions;
  if (absl::Status status = Enter(); !status.ok()) return status;
  std::vector<EntityState> states;
  for (const std::string& ref : entity_refs) {
    states.push_back(StoredOf(ref).state);
    states.back().sources.clear();
    states.back().statuses_version = statuses_version_;
  }
  return states;
}

absl::StatusOr<std::vector<LoadedRows>> FakeEntities::LoadRows(absl::Span<const std::string> entity_refs,
                                                               absl::Time from) {
  absl::MutexLock lock(&mutex_);
  ++calls_.rows;
  calls_.rows_from = from;
  if (absl::Status status = Enter(); !status.ok()) return status;
  std::vector<LoadedRows> rows;
  size_t deployments = 0;
  for (const std::string& ref : entity_refs) {
    const Stored stored = StoredOf(ref);
    rows.push_back({stored.state, from, Derive(stored.inputs, {})});
    rows.back().state.statuses_version = statuses_version_;
    std::erase_if(rows.back().rows.deployments,
                  [](const DeploymentRow& row) { return row.finished == absl::InfiniteFuture(); });
    for (DataSource& source : rows.back().state.sources) {
      const auto it = statuses_.find({source.source, static_cast<int>(source.covers)});
      if (it != statuses_.end()) source.complete_until = it->second;
    }
    deployments += rows.back().rows.deployments.size();
  }
  calls_.rows_at_once = std::max(calls_.rows_at_once, deployments);
  return rows;
}

absl::StatusOr<std::vector<AppendedRows>> FakeEntities::LoadAppended(absl::Span<const KeptEntity> kept) {
  absl::MutexLock lock(&mutex_);
  ++calls_.appended;
  if (absl::Status status = Enter(); !status.ok()) return status;
  std::vector<AppendedRows> appended;
  for (const KeptEntity& one : kept) {
    const Stored stored = StoredOf(one.entity_ref);
    appended.push_back({stored.state, {}});
    std::erase_if(appended.back().state.sources,
                  [](const DataSource& source) { return source.covers != Covers::kDeployments; });
    for (const DeploymentRow& row : Derive(stored.inputs, {}).deployments) {
      if (row.finished > one.last_finished && row.finished != absl::InfiniteFuture()) {
        appended.back().deployments.push_back(row);
      }
    }
  }
  return appended;
}

absl::StatusOr<LoadedPool> FakeEntities::LoadPool(const std::string& entity_ref, int max_members) {
  absl::MutexLock lock(&mutex_);
  ++calls_.pools;
  if (absl::Status status = Enter(); !status.ok()) return status;
  LoadedPool pool;
  pool.self = StoredOf(entity_ref).state;
  pool.self.statuses_version = statuses_version_;
  const Pool& known = pools_[pool.self.entity_ref];
  for (const std::string& ref : known.members) pool.members.push_back(StoredOf(ref).state);
  for (const std::string& ref : known.between) pool.between.push_back(StoredOf(ref).state);
  pool.too_many = static_cast<int>(known.members.size()) > max_members;
  return pool;
}

absl::StatusOr<std::vector<std::optional<absl::Time>>> FakeEntities::LoadStatuses(absl::Span<const SourceKey> keys) {
  absl::MutexLock lock(&mutex_);
  ++calls_.statuses;
  if (absl::Status status = Enter(); !status.ok()) return status;
  std::vector<std::optional<absl::Time>> statuses;
  for (const SourceKey& key : keys) {
    const auto it = statuses_.find(key);
    statuses.push_back(it == statuses_.end() ? std::nullopt : it->second);
  }
  return statuses;
}

absl::StatusOr<LoadedInputs> FakeEntities::LoadInputs(const std::string& entity_ref) {
  absl::MutexLock lock(&mutex_);
  ++calls_.inputs;
  if (absl::Status status = Enter(); !status.ok()) return status;
  const Stored stored = StoredOf(entity_ref);
  return LoadedInputs{stored.state, stored.inputs, {}};
}

absl::StatusOr<std::vector<DeploymentFact>> FakeEntities::LoadDeployments(const std::string& entity_ref,
                                                                          absl::Span<const ObjectKey> keys) {
  absl::MutexLock lock(&mutex_);
  ++calls_.deployments;
  if (absl::Status status = Enter(); !status.ok()) return status;
  return Named(StoredOf(entity_ref).inputs.deployments, keys);
}

absl::StatusOr<std::vector<IncidentFact>> FakeEntities::LoadIncidents(const std::string& entity_ref,
                                                                      absl::Span<const ObjectKey> keys) {
  absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter(); !status.ok()) return status;
  return Named(StoredOf(entity_ref).inputs.incidents, keys);
}

}  // namespace headway::testing
