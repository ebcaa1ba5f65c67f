// How rows are written; entity_tables.cc has how they are read.
#include <openssl/sha.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aggregator/store/entity_tables.h"

namespace headway {
namespace {

std::string LinkText(const IncidentLink& link) {
  if (const auto* key = std::get_if<ObjectKey>(&link)) return absl::StrCat("deployment ", KeyText(*key));
  if (const auto* commit = std::get_if<CommitRef>(&link)) {
    return absl::StrCat("commit ", commit->sha, " ", commit->repository);
  }
  const ChangeRef& change = std::get<ChangeRef>(link);
  return absl::StrCat("change ", change.number, " ", change.repository);
}

std::string LinksText(const std::vector<IncidentLink>& links) {
  ArrayText text;
  for (const IncidentLink& link : links) text.Add(LinkText(link));
  return text.Finish();
}

std::string ResolutionsText(const std::vector<Resolution>& resolutions) {
  ArrayText text;
  for (const Resolution& resolution : resolutions) {
    text.Add(TimeText(resolution.resolved));
    text.Add(TimeText(resolution.reopened));
  }
  return text.Finish();
}

// Infinity while it is open, with all that is known.
absl::Time LastTransition(const IncidentFact& incident) {
  if (incident.resolutions.empty()) return absl::InfiniteFuture();
  const Resolution& last = incident.resolutions.back();
  if (last.reopened != absl::InfiniteFuture()) return absl::InfiniteFuture();
  absl::Time latest = incident.opened.value_or(absl::InfinitePast());
  for (const Resolution& resolution : incident.resolutions) latest = std::max(latest, resolution.resolved);
  return latest;
}

ObjectKey HashOf(const std::string& text) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data());
  ObjectKey key;
  std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

int64_t Micros(absl::Time time) {
  if (time == absl::InfiniteFuture()) return std::numeric_limits<int64_t>::max();
  return absl::ToUnixMicros(time);
}

TableChange Table(const std::string& name, std::vector<KeyColumn> keys, const std::string& columns) {
  return TableChange(name, std::move(keys), absl::StrSplit(absl::StrCat("entity_ref, ", columns), ", "));
}

const KeyColumn kEntityKey = {"entity_ref", "text"};

}  // namespace

TableChange DeploymentsTable() {
  return Table("dora.deployments", {kEntityKey, {"deployment_key", "bytea"}}, DeploymentColumns());
}
TableChange ChangesTable() {
  return Table("dora.changes", {kEntityKey, {"repository", "text"}, {"number", "bigint"}, {"merge_commit", "text"}},
               ChangeColumns());
}
TableChange FailuresTable() { return Table("dora.failures", {kEntityKey, {"evidence_id", "bytea"}}, FailureColumns()); }
TableChange ReworkTable() { return Table("dora.rework", {kEntityKey, {"evidence_id", "bytea"}}, ReworkColumns()); }
TableChange IncidentsTable() {
  return Table("dora.incidents", {kEntityKey, {"incident_key", "bytea"}}, IncidentColumns());
}
TableChange GapsTable() { return Table("dora.gaps", {kEntityKey, {"deployment_key", "bytea"}}, GapColumns()); }
TableChange HeadsTable() {
  return Table("dora.stream_heads", {kEntityKey, {"environment", "text"}, {"stream", "text"}}, HeadColumns());
}
TableChange AwaitedTable() {
  return Table("dora.awaited_commits", {kEntityKey, {"repository", "text"}, {"sha", "bytea"}}, "repository, sha");
}
TableChange EntitySourcesTable() {
  return Table("dora.entity_sources", {kEntityKey, {"covers", "smallint"}, {"source", "text"}},
               "covers, source, latest_event");
}

CopyRow EncodeDeployment(const std::string& entity_ref, const StoredDeployment& deployment) {
  const DeploymentFact& fact = deployment.fact;
  const DeploymentRow& row = deployment.row;
  CopyRow copy;
  copy.Text(entity_ref).Key(fact.key).Text(fact.source).Text(fact.source_key).Text(fact.stream);
  copy.Text(deployment.observed_environment).Text(fact.environment).Number(static_cast<int>(fact.tier));
  copy.Text(fact.repository).Text(fact.source_revision).Text(fact.config_revision).Text(TextArray(fact.images));
  fact.started == absl::InfinitePast() ? copy.Null() : copy.Time(fact.started);
  fact.synced == absl::InfiniteFuture() ? copy.Null() : copy.Time(fact.synced);
  copy.Time(fact.healthy).Time(fact.degraded).Number(static_cast<int>(fact.phase));
  copy.Number(static_cast<int>(fact.effect)).Bool(fact.automated).Text(fact.revision_evidence);
  copy.Number(static_cast<int>(fact.found_by)).Text(fact.unresolved).Bool(deployment.clues);
  fact.sequence.has_value() ? copy.Number(*fact.sequence) : copy.Null();
  copy.Time(row.finished).Number(static_cast<int>(row.kind)).Bool(row.in_scope).Bool(row.failed_attempt);
  copy.Bool(row.counts).Bool(row.known_commit).Bool(row.truncated).KeyOrNull(row.roll_out).KeyOrNull(row.replaced);
  copy.Key(ObjectKey{row.identity});
  return copy;
}

CopyRow EncodeChange(const std::string& entity_ref, const ChangeRow& change) {
  const bool shipped = change.shipped != absl::InfiniteFuture();
  CopyRow copy;
  copy.Text(entity_ref).Text(change.repository).Number(change.number).Text(change.merge_commit).Time(change.opened);
  copy.Time(change.first_authored).Time(change.first_review).Time(change.merged).Bool(change.bot).Bool(change.baseline);
  copy.KeyOrNull(change.shipped_by).Time(change.shipped);
  copy.Time(shipped ? std::max(change.merged, change.shipped) : change.merged);
  return copy;
}

CopyRow EncodeFailure(const std::string& entity_ref, const ObjectKey& id, const FailureRow& failure) {
  CopyRow copy;
  copy.Text(entity_ref).Key(id).Key(failure.roll_out).Time(failure.counted_at).Key(failure.deployment);
  copy.Time(failure.finished).Number(static_cast<int>(failure.cause)).Key(failure.by).Text(failure.detail);
  copy.Time(failure.since).Time(failure.until).Time(failure.begins).Time(failure.ends);
  copy.Number(static_cast<int>(failure.attribution));
  return copy;
}

CopyRow EncodeRework(const std::string& entity_ref, const ObjectKey& id, const ReworkRow& rework) {
  CopyRow copy;
  copy.Text(entity_ref).Key(id).Key(rework.roll_out).Time(rework.counted_at).Key(rework.deployment);
  copy.Number(static_cast<int>(rework.reason)).Text(rework.detail).Time(rework.since);
  copy.Number(static_cast<int>(rework.attribution));
  return copy;
}

CopyRow EncodeIncident(const std::string& entity_ref, const StoredIncident& incident) {
  const IncidentFact& fact = incident.fact;
  CopyRow copy;
  copy.Text(entity_ref).Key(fact.key).Text(fact.source).Text(fact.incident_id).Text(fact.title).Time(fact.opened);
  copy.Text(ResolutionsText(fact.resolutions)).Text(incident.observed_environment).Text(fact.environment);
  copy.Number(static_cast<int>(fact.tier)).Number(static_cast<int>(fact.cause)).Text(LinksText(fact.caused_by));
  copy.Text(LinksText(fact.remedied_by)).Bool(incident.in_scope).Time(LastTransition(fact));
  return copy;
}

CopyRow EncodeGap(const std::string& entity_ref, const GapRow& gap) {
  CopyRow copy;
  copy.Text(entity_ref).Key(gap.key).Text(gap.source).Text(gap.stream).Time(gap.after).Time(gap.until);
  copy.Number(gap.at_least).Bool(gap.in_scope);
  return copy;
}

CopyRow EncodeHead(const std::string& entity_ref, const StreamHead& head) {
  CopyRow copy;
  copy.Text(entity_ref).Text(head.environment).Text(head.stream).Text(head.source).Time(head.latest_event);
  copy.Key(head.running);
  head.running.has_value() ? copy.Key(ObjectKey{head.running_identity}) : copy.Null();
  copy.Text(TextArray(head.running_images)).Text(head.running_config_revision).Key(head.brought);
  return copy;
}

ObjectKey EvidenceId(const FailureRow& f) {
  return HashOf(absl::StrJoin(
      std::make_tuple(KeyText(f.roll_out), Micros(f.counted_at), KeyText(f.deployment), Micros(f.finished),
                      static_cast<int>(f.cause), KeyText(f.by), f.detail, Micros(f.since), Micros(f.until),
                      Micros(f.begins), Micros(f.ends), static_cast<int>(f.attribution)),
      "\n"));
}

ObjectKey EvidenceId(const ReworkRow& r) {
  return HashOf(absl::StrJoin(
      std::make_tuple(KeyText(r.roll_out), Micros(r.counted_at), KeyText(r.deployment), static_cast<int>(r.reason),
                      r.detail, Micros(r.since), static_cast<int>(r.attribution)),
      "\n"));
}

}  // namespace headway
