#include "services/metrics/entity_cache.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/mapping.h"

namespace headway {
namespace {

// Windows slide: what is loaded begins at a multiple of this, so that the same rows serve for weeks.
constexpr int64_t kFromGranuleSeconds = 32 * 24 * 3600;

absl::Time RoundDown(absl::Time from) {
  if (from == absl::InfinitePast()) return from;
  int64_t seconds = absl::ToUnixSeconds(from);
  int64_t rest = seconds % kFromGranuleSeconds;
  if (rest < 0) rest += kFromGranuleSeconds;
  return absl::FromUnixSeconds(seconds - rest);
}

// PostgreSQL's answer to a statement is held whole, at about half a kilobyte a row, until it is decoded: so many rows at once are enough. Nobody knows before
// how many rows entities have, so each statement asks for as many entities as the rows of the last one allow.
constexpr size_t kRowsAtOnce = 10'000;
constexpr size_t kEntitiesAtFirst = 16;
constexpr size_t kEntitiesAtOnce = 1024;

size_t RowsOf(absl::Span<const LoadedRows> loaded) {
  size_t rows = 0;
  for (const LoadedRows& one : loaded) rows += one.rows.deployments.size() + one.rows.changes.size();
  return rows;
}

size_t NextCount(size_t count, size_t rows) {
  const size_t next = rows * 2 > kRowsAtOnce ? count * kRowsAtOnce / rows : count * 4;
  return std::clamp<size_t>(next, 1, kEntitiesAtOnce);
}

// Empty under the default policies, whose rows are stored.
std::string KeyOf(const DerivePolicies& p) {
  if (p == DerivePolicies()) return "";
  const int64_t degraded = p.degraded_after.has_value() ? absl::ToInt64Nanoseconds(*p.degraded_after) : 0;
  return absl::StrCat(p.environment, "\n", p.finish_synced, p.follow_cherry_picks, p.pushes_are_changes,
                      static_cast<int>(p.roll_out), p.explicit_incidents_only, p.first_deployment_all, " ",
                      absl::ToInt64Nanoseconds(p.attribution_window), " ", absl::ToInt64Nanoseconds(p.roll_out_window),
                      " ", absl::ToInt64Nanoseconds(p.stream_activity), " ", degraded, " ",
                      absl::ToUnixMicros(p.as_of));
}

// Numbers need no names: a third of the bytes.
void DropTexts(EntityRows* rows) {
  for (ChangeRow& row : rows->changes) {
    row.repository = std::string();
    row.merge_commit = std::string();
  }
  for (FailureRow& row : rows->failures) row.detail = std::string();
  for (ReworkRow& row : rows->rework) row.detail = std::string();
  rows->deployments.shrink_to_fit();
  rows->changes.shrink_to_fit();
  rows->failures.shrink_to_fit();
  rows->rework.shrink_to_fit();
  rows->incidents.shrink_to_fit();
}

size_t BytesOf(const CachedEntity& entity) {
  const EntityRows& rows = entity.rows;
  size_t bytes = sizeof(CachedEntity) + 256;  // and what the cache itself needs for it
  bytes += rows.deployments.capacity() * sizeof(DeploymentRow) + rows.gaps.capacity() * sizeof(GapRow) +
           rows.changes.capacity() * sizeof(ChangeRow);
  bytes += rows.failures.capacity() * sizeof(FailureRow) + rows.rework.capacity() * sizeof(ReworkRow);
  bytes += rows.incidents.capacity() * sizeof(IncidentRow);
  for (const IncidentRow& row : rows.incidents) bytes += row.resolutions.capacity() * sizeof(Resolution);
  for (const SourceState& source : entity.sources) bytes += sizeof(source) + source.source.capacity();
  return bytes;
}

std::shared_ptr<const CachedEntity> MakeEntity(const EntityState& state, absl::Time from, EntityRows rows) {
  auto entity = std::make_shared<CachedEntity>();
  entity->entity_ref = state.entity_ref;
  entity->version = state.version;
  entity->from = from;
  EntityState silent = state;  // a status may be taken back without the entity knowing
  for (DataSource& source : silent.sources) source.complete_until.reset();
  entity->sources = SourcesOf(silent);
  entity->rows = std::move(rows);
  DropTexts(&entity->rows);
  return entity;
}

}  // namespace

std::vector<SourceState> SourcesOf(const EntityState& state) {
  std::vector<SourceState> sources;
  sources.reserve(state.sources.size());
  for (const DataSource& source : state.sources) {
    const std::optional<absl::Time> until =
        source.complete_until.has_value() ? source.complete_until : source.latest_event;
    sources.push_back({.source = source.source,
                       .covers = static_cast<v1::SourceStatus::Covers>(source.covers),
                       .until = until.value_or(absl::InfinitePast()),
                       .has_status = source.complete_until.has_value()});
  }
  return sources;
}

EntityCache::Shared EntityCache::Find(const Key& key, int64_t version, absl::Time from) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.entity->version != version || it->second.entity->from > from) {
    ++counts_.misses;
    return nullptr;
  }
  ++counts_.hits;
  recent_.splice(recent_.begin(), recent_, it->second.used);
  return it->second.entity;
}

void EntityCache::Drop(const Key& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  counts_.bytes -= it->second.bytes;
  recent_.erase(it->second.used);
  entries_.erase(it);
}

void EntityCache::Keep(const Key& key, Shared entity) {
  const size_t bytes = BytesOf(*entity) + key.first.size() + key.second.size();
  // One entity must not push out all others.
  if (bytes > max_bytes_ / 4) return;
  absl::MutexLock lock(&mutex_);
  const auto known = entries_.find(key);
  if (known != entries_.end() && known->second.entity->version > entity->version) return;
  Drop(key);
  while (!recent_.empty() && counts_.bytes + bytes > max_bytes_) Drop(Key(recent_.back()));
  recent_.push_front(key);
  entries_[key] = {std::move(entity), bytes, recent_.begin()};
  counts_.bytes += bytes;
}

EntityCache::Counts EntityCache::counts() const {
  absl::MutexLock lock(&mutex_);
  Counts counts = counts_;
  counts.entities = entries_.size();
  return counts;
}

absl::StatusOr<std::vector<EntityCache::Shared>> EntityCache::Load(absl::Span<const std::string> entity_refs,
                                                                   absl::Time from) {
  const absl::Time rounded = RoundDown(from);
  std::vector<Shared> entities;
  entities.reserve(entity_refs.size());
  for (size_t count = kEntitiesAtFirst; entities.size() < entity_refs.size();) {
    absl::StatusOr<std::vector<LoadedRows>> loaded =
        source_.LoadRows(entity_refs.subspan(entities.size(), count), rounded);
    if (!loaded.ok()) return loaded.status();
    count = NextCount(count, RowsOf(*loaded));
    for (LoadedRows& one : *loaded) {
      entities.push_back(one.state.version == 0 ? nullptr : MakeEntity(one.state, rounded, std::move(one.rows)));
    }
  }
  return entities;
}

absl::StatusOr<std::vector<EntityCache::Shared>> EntityCache::DeriveAll(absl::Span<const std::string> entity_refs,
                                                                        const DerivePolicies& policies,
                                                                        const Call& call) {
  std::vector<Shared> entities;
  entities.reserve(entity_refs.size());
  for (const std::string& ref : entity_refs) {
    if (absl::Status status = call.Check(); !status.ok()) return status;
    absl::StatusOr<LoadedInputs> loaded = source_.LoadInputs(ref);
    if (!loaded.ok()) return loaded.status();
    if (loaded->state.version == 0) {
      entities.push_back(nullptr);
      continue;
    }
    DerivePolicies resolved = policies;
    if (!policies.environment.empty()) {
      resolved.environment_tier = loaded->environment_rules.TierOf(policies.environment);
    }
    entities.push_back(MakeEntity(loaded->state, absl::InfinitePast(), Derive(loaded->inputs, resolved)));
  }
  return entities;
}

absl::StatusOr<std::vector<FoundEntity>> EntityCache::Get(absl::Span<const std::string> entity_refs,
                                                          const DerivePolicies& policies, absl::Time from,
                                                          const Call& call) {
  const absl::StatusOr<std::vector<EntityState>> states = source_.LoadVersions(entity_refs);
  if (!states.ok()) return states.status();
  return GetOf(*states, policies, from, call);
}

absl::StatusOr<std::vector<FoundEntity>> EntityCache::GetOf(absl::Span<const EntityState> states,
                                                            const DerivePolicies& policies, absl::Time from,
                                                            const Call& call) {
  const std::string policy_key = KeyOf(policies);
  std::vector<FoundEntity> found(states.size());
  std::vector<std::string> missing;
  std::vector<size_t> missing_at;
  for (size_t i = 0; i < states.size(); ++i) {
    const EntityState& state = states[i];
    if (state.version == 0) continue;
    found[i] = {Find({state.entity_ref, policy_key}, state.version, from), state.recomputing, {}};
    if (found[i].entity != nullptr) continue;
    missing.push_back(state.entity_ref);
    missing_at.push_back(i);
  }
  if (!missing.empty()) {
    absl::StatusOr<std::vector<Shared>> loaded =
        policy_key.empty() ? Load(missing, from) : DeriveAll(missing, policies, call);
    if (!loaded.ok()) return loaded.status();
    for (size_t i = 0; i < missing.size(); ++i) {
      found[missing_at[i]].entity = (*loaded)[i];
      if ((*loaded)[i] != nullptr) Keep({missing[i], policy_key}, (*loaded)[i]);
    }
  }
  int64_t statuses_version = 0;
  for (const EntityState& state : states) statuses_version = std::max(statuses_version, state.statuses_version);
  std::vector<std::vector<SourceState>*> lists;
  for (FoundEntity& one : found) {
    if (one.entity == nullptr) continue;
    one.sources = one.entity->sources;
    lists.push_back(&one.sources);
  }
  if (absl::Status status = statuses_.Update(statuses_version, lists); !status.ok()) return status;
  return found;
}

}  // namespace headway
