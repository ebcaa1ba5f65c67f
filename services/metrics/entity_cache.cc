#include "services/metrics/entity_cache.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/mapping.h"

namespace headway {
namespace {

// Aliases that are remembered, at most.
constexpr size_t kMaxAliases = 10'000;

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
constexpr size_t kEntitiesAtFirst = 4;  // of the busiest, that is 50 MB
constexpr size_t kEntitiesAtOnce = 1024;
constexpr size_t kExtendedAtFirst = 64;  // most have one row more

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

// Whether `entity` tells more than what is kept of it.
bool Replaces(const CachedEntity& kept, const CachedEntity& entity) {
  return entity.version != kept.version ? entity.version > kept.version : entity.from < kept.from;
}

}  // namespace

bool EntityCache::IsNew(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  return !entries_.contains(Key(name, "")) && !aliases_.contains(name);
}

EntityCache::Shared EntityCache::Find(const Key& key, int64_t version, absl::Time from) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  const bool is_kept = it != entries_.end() && it->second.entity->from <= from;
  ++(is_kept && it->second.entity->version == version ? counts_.hits : counts_.misses);
  if (!is_kept) return nullptr;
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
  if (known != entries_.end() && !Replaces(*known->second.entity, *entity)) return;
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

absl::Status EntityCache::Extend(absl::Span<const size_t> outdated, std::vector<FoundEntity>* found,
                                 std::vector<size_t>* missing) {
  for (size_t count = kExtendedAtFirst; !outdated.empty();) {
    std::vector<KeptEntity> kept;
    for (const size_t i : outdated.subspan(0, count)) {
      kept.push_back({(*found)[i].entity->entity_ref, (*found)[i].entity->last_finished});
    }
    const absl::StatusOr<std::vector<AppendedRows>> appended = source_.LoadAppended(kept);
    if (!appended.ok()) return appended.status();
    size_t rows = 0;
    for (size_t n = 0; n < kept.size(); ++n) {
      Shared& entity = (*found)[outdated[n]].entity;
      entity = TakeAppended(entity, (*appended)[n]);
      if (entity == nullptr) missing->push_back(outdated[n]);
      rows += (*appended)[n].deployments.size();
    }
    outdated.remove_prefix(kept.size());
    count = NextCount(count, rows);
  }
  return absl::OkStatus();
}

EntityCache::Shared EntityCache::TakeAppended(const Shared& kept, const AppendedRows& appended) {
  // Another thread has read it meanwhile.
  if (appended.state.version == kept->version) return kept;
  Shared entity = ExtendEntity(*kept, appended);
  if (entity != nullptr) Keep({kept->entity_ref, ""}, entity);
  absl::MutexLock lock(&mutex_);
  if (entity != nullptr) ++counts_.extended;
  // The database was put back to an earlier state.
  if (appended.state.version < kept->version) Drop({kept->entity_ref, ""});
  return entity;
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
  if (entity_refs.size() == 1 && policies == DerivePolicies() && IsNew(entity_refs[0])) {
    return ReadFirst(entity_refs[0], from);
  }
  const absl::StatusOr<std::vector<EntityState>> states = source_.LoadVersions(entity_refs);
  if (!states.ok()) return states.status();
  return GetOf(*states, policies, from, call);
}

absl::StatusOr<std::vector<FoundEntity>> EntityCache::ReadFirst(const std::string& name, absl::Time from) {
  const absl::Time rounded = RoundDown(from);
  absl::StatusOr<std::vector<LoadedRows>> loaded = source_.LoadRows({name}, rounded);
  if (!loaded.ok()) return loaded.status();
  const EntityState& state = loaded->front().state;
  {
    absl::MutexLock lock(&mutex_);
    ++counts_.misses;
    if (aliases_.size() >= kMaxAliases) aliases_.clear();
    if (state.entity_ref != name) aliases_.insert(name);
  }
  std::vector<FoundEntity> found(1);
  if (state.version == 0) return found;
  found[0] = {MakeEntity(state, rounded, std::move(loaded->front().rows)), state.recomputing, {}};
  Keep({state.entity_ref, ""}, found[0].entity);
  if (absl::Status status = AddStatuses({state}, &found); !status.ok()) return status;
  return found;
}

absl::StatusOr<std::vector<FoundEntity>> EntityCache::GetOf(absl::Span<const EntityState> states,
                                                            const DerivePolicies& policies, absl::Time from,
                                                            const Call& call) {
  const std::string policy_key = KeyOf(policies);
  std::vector<FoundEntity> found(states.size());
  std::vector<size_t> outdated, missing;
  for (size_t i = 0; i < states.size(); ++i) {
    const EntityState& state = states[i];
    if (state.version == 0) continue;
    found[i] = {Find({state.entity_ref, policy_key}, state.version, from), state.recomputing, {}};
    Shared& kept = found[i].entity;
    if (kept != nullptr && kept->version == state.version) continue;
    if (kept != nullptr && policy_key.empty() && state.appended_from <= kept->version) {
      outdated.push_back(i);
    } else {
      missing.push_back(i);
    }
  }
  if (absl::Status status = Extend(outdated, &found, &missing); !status.ok()) return status;
  if (!missing.empty()) {
    std::vector<std::string> refs;
    for (const size_t i : missing) refs.push_back(states[i].entity_ref);
    absl::StatusOr<std::vector<Shared>> loaded =
        policy_key.empty() ? Load(refs, from) : DeriveAll(refs, policies, call);
    if (!loaded.ok()) return loaded.status();
    for (size_t n = 0; n < missing.size(); ++n) {
      if ((*loaded)[n] != nullptr) Keep({refs[n], policy_key}, (*loaded)[n]);
      found[missing[n]].entity = std::move((*loaded)[n]);
    }
  }
  if (absl::Status status = AddStatuses(states, &found); !status.ok()) return status;
  return found;
}

absl::Status EntityCache::AddStatuses(absl::Span<const EntityState> states, std::vector<FoundEntity>* found) {
  int64_t version = 0;
  for (const EntityState& state : states) version = std::max(version, state.statuses_version);
  std::vector<std::vector<SourceState>*> lists;
  for (FoundEntity& one : *found) {
    if (one.entity == nullptr) continue;
    one.sources = one.entity->sources;
    lists.push_back(&one.sources);
  }
  return statuses_.Update(version, lists);
}

}  // namespace headway
