#include "services/metrics/asked_entity.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"

namespace headway {
namespace {

// Callers in JavaScript hold numbers exactly up to this many bits.
constexpr uint64_t kVersionMask = (uint64_t{1} << 53) - 1;

// Differs whenever any of them does.
int64_t VersionOf(const LoadedPool& pool) {
  std::string text;
  const auto add = [&](const EntityState& state) {
    absl::StrAppend(&text, state.entity_ref, " ", state.version, "\n");
  };
  add(pool.self);
  for (const EntityState& state : pool.between) add(state);
  text += "\n";
  for (const EntityState& state : pool.members) add(state);
  return static_cast<int64_t>(static_cast<uint64_t>(StreamId(text)) & kVersionMask);
}

absl::StatusOr<LoadedPool> LoadPool(EntitySource& source, const std::string& entity_ref) {
  absl::StatusOr<LoadedPool> pool = source.LoadPool(entity_ref, kMaxPooled);
  if (pool.ok() && pool->too_many) {
    return absl::InvalidArgumentError(absl::StrCat("entity_ref: more than ", kMaxPooled, " entities belong to \"",
                                                   entity_ref, "\"; ask for something below it"));
  }
  return pool;
}

absl::StatusOr<AskedEntity> FindOne(EntityCache& cache, const std::string& entity_ref, const MetricQuery& query,
                                    absl::Time from, const Call& call) {
  absl::StatusOr<std::vector<FoundEntity>> found = cache.Get({entity_ref}, query.derive, from, call);
  if (!found.ok()) return found.status();
  if (found->front().entity == nullptr) return NothingIsKnownOf(entity_ref);
  AskedEntity asked;
  asked.entity_ref = found->front().entity->entity_ref;
  asked.version = found->front().entity->version;
  asked.found = *std::move(found);
  return asked;
}

}  // namespace

bool IsPoolKind(absl::string_view entity_ref) {
  return absl::StartsWith(entity_ref, "system:") || absl::StartsWith(entity_ref, "domain:") ||
         absl::StartsWith(entity_ref, "group:");
}

absl::StatusOr<std::string> CheckMeasured(const std::string& entity_ref, absl::string_view field) {
  absl::StatusOr<std::string> ref = CheckEntityRef(entity_ref, field);
  if (ref.ok() && absl::StartsWith(*ref, "user:")) {
    return absl::InvalidArgumentError(absl::StrCat(
        field, ": \"", *ref,
        "\" is a person, and nothing is measured of people; ask for a component, a system, a domain or a group"));
  }
  return ref;
}

absl::Status NothingIsKnownOf(const std::string& entity_ref) {
  return absl::NotFoundError(absl::StrCat("entity_ref: nothing is known of \"", entity_ref, "\""));
}

Members PoolOf(const std::vector<FoundEntity>& found) {
  Members members;
  if (found.size() == 1) {
    const FoundEntity& one = found.front();
    return {{&one.entity->rows}, one.sources, one.recomputing ? 0.0 : 1.0};
  }
  std::vector<Sources> sources;
  double derived = 0;
  for (const FoundEntity& one : found) {
    members.rows.push_back(&one.entity->rows);
    sources.push_back(one.sources);
    derived += !one.recomputing;
  }
  members.sources = PoolSources(sources);
  if (!found.empty()) members.derived_share = derived / static_cast<double>(found.size());
  return members;
}

absl::StatusOr<AskedEntity> FindAsked(EntitySource& source, EntityCache& cache, const std::string& entity_ref,
                                      const MetricQuery& query, absl::Time from, const Call& call) {
  if (!IsPoolKind(entity_ref)) return FindOne(cache, entity_ref, query, from, call);
  absl::StatusOr<LoadedPool> pool = LoadPool(source, entity_ref);
  if (!pool.ok()) return pool.status();
  if (pool->members.empty() && pool->self.version == 0) return NothingIsKnownOf(entity_ref);
  AskedEntity asked;
  asked.entity_ref = pool->self.entity_ref;
  asked.version = pool->members.empty() ? pool->self.version : VersionOf(*pool);
  for (const EntityState& state : pool->between) asked.others.push_back(state.entity_ref);
  for (const EntityState& state : pool->members) asked.others.push_back(state.entity_ref);
  // What happened to the whole itself, such as an incident of a system, is in its pool as well.
  std::vector<EntityState> states = std::move(pool->members);
  asked.pooled = static_cast<int>(states.size());
  states.insert(states.begin(), std::move(pool->self));
  absl::StatusOr<std::vector<FoundEntity>> found = cache.GetOf(states, query.derive, from, call);
  if (!found.ok()) return found.status();
  std::erase_if(*found, [](const FoundEntity& one) { return one.entity == nullptr; });
  asked.found = *std::move(found);
  if (asked.found.empty()) return NothingIsKnownOf(entity_ref);
  return asked;
}

absl::StatusOr<std::vector<std::string>> ListAsked(EntitySource& source, const std::string& entity_ref) {
  if (!IsPoolKind(entity_ref)) return std::vector<std::string>{entity_ref};
  const absl::StatusOr<LoadedPool> pool = LoadPool(source, entity_ref);
  if (!pool.ok()) return pool.status();
  std::vector<std::string> refs = {pool->self.entity_ref};
  for (const EntityState& state : pool->members) refs.push_back(state.entity_ref);
  return refs;
}

absl::StatusOr<std::vector<EntityState>> LoadAskedVersions(EntitySource& source,
                                                           absl::Span<const std::string> entity_refs) {
  absl::StatusOr<std::vector<EntityState>> states = source.LoadVersions(entity_refs);
  if (!states.ok()) return states;
  for (size_t i = 0; i < entity_refs.size(); ++i) {
    if (!IsPoolKind(entity_refs[i])) continue;
    const absl::StatusOr<LoadedPool> pool = source.LoadPool(entity_refs[i], kMaxPooled);
    if (!pool.ok()) return pool.status();
    if (!pool->members.empty()) (*states)[i].version = VersionOf(*pool);
  }
  return states;
}

}  // namespace headway
