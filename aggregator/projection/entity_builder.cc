#include "aggregator/projection/entity_builder.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/escaping.h"

namespace headway::testing {
namespace {
constexpr char kRepository[] = "forge.example/team/service";
}

absl::Time At(double minutes) {
  return absl::FromCivil(absl::CivilSecond(2026, 3, 2), absl::UTCTimeZone()) + absl::Minutes(minutes);
}

std::string Sha(absl::string_view name) {
  std::string sha = absl::BytesToHexString(name);
  sha.resize(40, '0');
  return sha;
}

ObjectKey Key(absl::string_view name) {
  ObjectKey key;
  std::copy_n(name.begin(), std::min<size_t>(name.size(), 16), key.bytes.begin());
  return key;
}

EntityBuilder::EntityBuilder() {
  inputs_.entity_ref = "component:default/service";
  inputs_.repositories.push_back({kRepository, {}, graph_});
}

EntityBuilder& EntityBuilder::Commit(absl::string_view name, std::vector<std::string> parents, double minutes,
                                     std::vector<std::string> reverts) {
  CommitFact commit;
  commit.sha = Sha(name);
  for (const std::string& parent : parents) commit.parents.push_back(Sha(parent));
  for (const std::string& revert : reverts) commit.reverts.push_back(Sha(revert));
  commit.authored = commit.committed = At(minutes);
  graph_->Add(commit);
  return *this;
}

EntityBuilder& EntityBuilder::CommitOfPaths(absl::string_view name, std::vector<std::string> parents,
                                            std::vector<std::string> paths) {
  CommitFact commit;
  commit.sha = Sha(name);
  for (const std::string& parent : parents) commit.parents.push_back(Sha(parent));
  commit.authored = commit.committed = At(0);
  commit.paths = std::move(paths);
  graph_->Add(commit);
  return *this;
}

EntityBuilder& EntityBuilder::PathPrefixes(std::vector<std::string> prefixes) {
  inputs_.repositories[0].path_prefixes = std::move(prefixes);
  return *this;
}

DeploymentFact& EntityBuilder::Deploy(absl::string_view key, absl::string_view revision, double finished,
                                      absl::string_view stream) {
  DeploymentFact fact;
  fact.key = Key(key);
  fact.source = "ci";
  fact.source_key = std::string(key);
  fact.environment = "prod";
  fact.tier = Tier::kProduction;
  fact.stream = std::string(stream);
  if (!revision.empty()) fact.source_revision = Sha(revision);
  fact.started = At(finished - 5);
  fact.synced = At(finished);
  fact.phase = Phase::kSucceeded;
  inputs_.deployments.push_back(std::move(fact));
  return inputs_.deployments.back();
}

ChangeFact& EntityBuilder::Change(int64_t number, absl::string_view merge_commit, double merged) {
  ChangeFact change;
  change.repository = kRepository;
  change.number = number;
  change.merge_commit = Sha(merge_commit);
  change.first_authored = At(merged - 60);
  change.opened = At(merged - 30);
  change.merged = At(merged);
  inputs_.changes.push_back(std::move(change));
  return inputs_.changes.back();
}

IncidentFact& EntityBuilder::Incident(absl::string_view id, double opened, std::optional<double> resolved) {
  IncidentFact incident;
  incident.key = Key(id);
  incident.source = "pager";
  incident.incident_id = std::string(id);
  incident.opened = At(opened);
  if (resolved.has_value()) incident.resolutions.push_back({At(*resolved), absl::InfiniteFuture()});
  inputs_.incidents.push_back(std::move(incident));
  return inputs_.incidents.back();
}

const DeploymentRow& RowOf(const EntityRows& rows, absl::string_view key) {
  const auto it = std::find_if(rows.deployments.begin(), rows.deployments.end(),
                               [&](const DeploymentRow& row) { return row.key == Key(key); });
  if (it == rows.deployments.end()) std::abort();
  return *it;
}

}  // namespace headway::testing
