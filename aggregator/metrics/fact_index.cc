#include "aggregator/metrics/fact_index.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "aggregator/metrics/answer.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

template <typename Map, typename Key>
auto FindOrNull(const Map& map, const Key& key) -> typename Map::mapped_type {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : it->second;
}

std::string HexOf(const ObjectKey& key) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()));
}

}  // namespace

absl::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "";
    case Kind::kSelfHeal:
      return "self_heal";
    case Kind::kResync:
      return "resync";
    case Kind::kConfig:
      return "config";
    case Kind::kRollback:
      return "rollback";
    case Kind::kOutOfOrder:
      return "out_of_order";
    case Kind::kRedeploy:
      return "redeploy";
    case Kind::kRelease:
      return "release";
    case Kind::kNotCounted:
      return "not_counted";
  }
  return "";
}

std::string FormatInstant(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

FactIndex::FactIndex(const EntityRows& rows, absl::Span<const DeploymentFact> deployments,
                     absl::Span<const IncidentFact> incidents, absl::Time as_of) {
  for (const DeploymentFact& fact : deployments) deployments_.emplace(fact.key, &fact);
  for (const IncidentFact& fact : incidents) incidents_.emplace(fact.key, &fact);
  for (const DeploymentRow& row : rows.deployments) {
    rows_.emplace(row.key, &row);
    if (row.finished >= as_of || row.roll_out == ObjectKey()) continue;
    ++roll_out_sizes_[row.roll_out];
    if (row.counts) counted_[row.roll_out] = &row;
  }
}

const DeploymentRow* FactIndex::Row(const ObjectKey& key) const { return FindOrNull(rows_, key); }
const DeploymentFact* FactIndex::Deployment(const ObjectKey& key) const { return FindOrNull(deployments_, key); }
const IncidentFact* FactIndex::Incident(const ObjectKey& key) const { return FindOrNull(incidents_, key); }
const DeploymentRow* FactIndex::CountedMember(const ObjectKey& roll_out) const {
  return FindOrNull(counted_, roll_out);
}

v1::ExplainedDeployment FactIndex::Describe(const ObjectKey& deployment) const {
  v1::ExplainedDeployment out;
  if (const DeploymentFact* fact = Deployment(deployment); fact != nullptr) {
    out.set_source(fact->source);
    out.set_key(fact->source_key);
    out.set_environment(fact->environment);
    out.set_stream(fact->stream);
    out.set_source_revision(fact->source_revision);
    out.set_config_revision(fact->config_revision);
    out.set_revision_evidence(fact->revision_evidence);
    out.set_revision_found_by(static_cast<v1::ExplainedDeployment::RevisionFoundBy>(fact->found_by));
    for (const std::string& image : fact->images) out.add_images(image);
  }
  if (const DeploymentRow* row = Row(deployment); row != nullptr) {
    out.set_kind(std::string(KindName(row->kind)));
    *out.mutable_started_at() = ToTimestamp(row->started);
    if (row->finished != absl::InfiniteFuture()) *out.mutable_finished_at() = ToTimestamp(row->finished);
    const auto size = roll_out_sizes_.find(row->roll_out);
    if (size != roll_out_sizes_.end()) out.set_roll_out_size(size->second);
  }
  return out;
}

std::string FactIndex::NameDeployment(const ObjectKey& key) const {
  const DeploymentFact* fact = Deployment(key);
  const DeploymentRow* row = Row(key);
  std::string name = fact == nullptr ? absl::StrCat("deployment ", HexOf(key))
                                     : absl::StrCat("deployment ", fact->source, "/", fact->source_key);
  if (fact != nullptr && row != nullptr)
    absl::StrAppend(&name, " (", fact->environment, ", finished ", FormatInstant(row->finished), ")");
  return name;
}

std::string FactIndex::NameIncident(const ObjectKey& key) const {
  const IncidentFact* fact = Incident(key);
  if (fact == nullptr) return absl::StrCat("incident ", HexOf(key));
  std::string name = absl::StrCat("incident ", fact->source, "/", fact->incident_id);
  if (!fact->title.empty()) absl::StrAppend(&name, " \"", fact->title, "\"");
  if (fact->opened.has_value()) absl::StrAppend(&name, " (opened ", FormatInstant(*fact->opened), ")");
  return name;
}

}  // namespace headway
