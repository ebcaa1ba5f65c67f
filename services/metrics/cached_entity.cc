#include "services/metrics/cached_entity.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace headway {
namespace {

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

// The sources of deployments as they are known now, among the others as they were.
void SeeSources(const std::vector<DataSource>& now, std::vector<SourceState>* sources) {
  EntityState state;
  state.sources = now;
  for (SourceState& source : SourcesOf(state)) {
    const auto order = [](const SourceState& a, const SourceState& b) {
      return std::tie(a.covers, a.source) < std::tie(b.covers, b.source);
    };
    const auto at = std::lower_bound(sources->begin(), sources->end(), source, order);
    if (at == sources->end() || order(source, *at)) {
      sources->insert(at, std::move(source));
    } else {
      at->until = source.until;
    }
  }
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

std::shared_ptr<const CachedEntity> MakeEntity(const EntityState& state, absl::Time from, EntityRows rows) {
  auto entity = std::make_shared<CachedEntity>();
  entity->entity_ref = state.entity_ref;
  entity->version = state.version;
  entity->from = from;
  entity->last_finished = state.last_finished;
  EntityState silent = state;  // a status may be taken back without the entity knowing
  for (DataSource& source : silent.sources) source.complete_until.reset();
  entity->sources = SourcesOf(silent);
  entity->rows = std::move(rows);
  DropTexts(&entity->rows);
  return entity;
}

std::shared_ptr<const CachedEntity> ExtendEntity(const CachedEntity& kept, const AppendedRows& appended) {
  const EntityState& now = appended.state;
  if (now.version < kept.version || now.appended_from > kept.version) return nullptr;
  auto entity = std::make_shared<CachedEntity>();
  std::vector<DeploymentRow>& deployments = entity->rows.deployments;
  deployments.reserve(kept.rows.deployments.size() + appended.deployments.size());  // which the copy leaves as it is
  *entity = kept;
  entity->version = now.version;
  entity->last_finished = now.last_finished;
  SeeSources(now.sources, &entity->sources);
  for (const DeploymentRow& row : appended.deployments) {
    if (row.finished > kept.last_finished && row.finished >= kept.from) deployments.push_back(row);
  }
  return entity;
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

}  // namespace headway
