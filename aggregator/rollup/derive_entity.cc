#include "aggregator/rollup/derive_entity.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "aggregator/store/entity_store.h"

namespace headway {
namespace {

void TakeRows(EntityRows rows, StoredEntity* entity) {
  absl::flat_hash_map<ObjectKey, const DeploymentRow*> deployments;
  for (const DeploymentRow& row : rows.deployments) deployments.emplace(row.key, &row);
  for (StoredDeployment& deployment : entity->deployments) deployment.row = *deployments.at(deployment.fact.key);
  absl::flat_hash_map<ObjectKey, bool> in_scope;
  for (const IncidentRow& row : rows.incidents) in_scope.emplace(row.key, row.in_scope);
  for (StoredIncident& incident : entity->incidents) incident.in_scope = in_scope.at(incident.fact.key);
  entity->gaps = std::move(rows.gaps);
  entity->changes = std::move(rows.changes);
  entity->failures = std::move(rows.failures);
  entity->rework = std::move(rows.rework);
  entity->end.open_links = rows.open_links;
}

std::vector<StreamHead> HeadsOf(const std::vector<StoredDeployment>& deployments) {
  std::vector<const StoredDeployment*> in_order;
  for (const StoredDeployment& deployment : deployments) in_order.push_back(&deployment);
  std::sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) { return EarlierOnTimeline(*a, *b); });
  std::map<std::pair<std::string, std::string>, StreamHead> heads;
  for (const StoredDeployment* deployment : in_order) {
    StreamHead& head = heads[{deployment->fact.environment, deployment->fact.stream}];
    head.environment = deployment->fact.environment;
    head.stream = deployment->fact.stream;
    SeeEvent(EventTime(deployment->fact, deployment->row), deployment->fact.source, &head);
    if (IsCounted(deployment->row.kind)) Run(*deployment, &head);
  }
  std::vector<StreamHead> sorted;
  for (auto& [key, head] : heads) sorted.push_back(std::move(head));
  return sorted;
}

// 40 or 64 lower-case hexadecimal digits.
bool IsCommitId(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Whether the deployment names a commit of a declared repository, which is to be awaited until it comes.
bool NamesCommit(const DeploymentFact& deployment, const std::vector<RepositoryInput>& declared) {
  return IsCommitId(deployment.source_revision) &&
         std::any_of(declared.begin(), declared.end(), [&](const RepositoryInput& repository) {
           return repository.name == RepositoryOf(deployment.repository, declared);
         });
}

// Revisions that are not in their graph, and the commits at which their histories end. Whatever else is named and missing has an effect only once it can
// be reached from a deployed revision, and by then one of these has come.
std::vector<AwaitedCommit> AwaitedBy(const StoredEntity& entity) {
  std::vector<AwaitedCommit> awaited;
  Reach reach(entity.repositories);
  for (const StoredDeployment& deployment : entity.deployments) {
    AwaitMore(deployment.fact, &reach, &awaited);
  }
  std::sort(awaited.begin(), awaited.end());
  awaited.erase(std::unique(awaited.begin(), awaited.end()), awaited.end());
  return awaited;
}

std::vector<SourceLatest> SourcesOf(const StoredEntity& entity) {
  std::map<std::pair<Covers, std::string>, absl::Time> latest;
  const auto see = [&](Covers covers, const std::string& source, absl::Time at) {
    absl::Time& known = latest.try_emplace({covers, source}, absl::InfinitePast()).first->second;
    known = std::max(known, at);
  };
  for (const StoredChange& change : entity.merged) see(Covers::kChanges, change.source, change.fact.merged);
  for (const StoredIncident& incident : entity.incidents) {
    const std::string& source = incident.fact.source;
    see(Covers::kIncidents, source, incident.fact.opened.value_or(absl::InfinitePast()));
    for (const Resolution& resolution : incident.fact.resolutions) {
      see(Covers::kIncidents, source, resolution.resolved);
      if (resolution.reopened != absl::InfiniteFuture()) see(Covers::kIncidents, source, resolution.reopened);
    }
  }
  std::vector<SourceLatest> sources;
  for (const auto& [key, at] : latest) sources.push_back({key.first, key.second, at});
  return sources;
}

TimelineEnd EndOf(const StoredEntity& entity) {
  TimelineEnd end;
  end.open_links = entity.end.open_links;
  for (const StoredDeployment& deployment : entity.deployments) {
    if (deployment.row.finished == absl::InfiniteFuture()) continue;
    end.last_finished = std::max(end.last_finished, deployment.row.finished);
  }
  for (const StoredIncident& incident : entity.incidents) {
    end.last_opening = std::max(end.last_opening, incident.fact.opened.value_or(absl::InfinitePast()));
  }
  return end;
}

}  // namespace

void DeriveStored(StoredEntity* entity) {
  TakeRows(Derive(InputsOf(*entity), DerivePolicies{}), entity);
  entity->heads = HeadsOf(entity->deployments);
  entity->awaited = AwaitedBy(*entity);
  entity->sources = SourcesOf(*entity);
  entity->end = EndOf(*entity);
  entity->derivation_version = kDerivationVersion;
}

const std::string& RepositoryOf(const std::string& named, const std::vector<RepositoryInput>& declared) {
  return named.empty() && !declared.empty() ? declared[0].name : named;
}

void AwaitMore(const DeploymentFact& deployment, Reach* reach, std::vector<AwaitedCommit>* awaited) {
  if (!NamesCommit(deployment, reach->repositories())) return;
  const std::string& repository = RepositoryOf(deployment.repository, reach->repositories());
  const GraphPlace place = reach->Locate(repository, deployment.source_revision);
  if (!place.IsKnown()) {
    awaited->push_back({repository, deployment.source_revision});
    return;
  }
  for (const CommitGraph::Node missing : reach->Name(place)) {
    awaited->push_back({repository, reach->repositories()[place.repository].graph->Sha(missing)});
  }
}

absl::Time EventTime(const DeploymentFact& deployment, const DeploymentRow& row) {
  return deployment.phase == Phase::kPending ? deployment.started : row.finished;
}

void SeeEvent(absl::Time at, const std::string& source, StreamHead* head) {
  if (at > head->latest_event || (at == head->latest_event && source > head->source)) {
    head->latest_event = at;
    head->source = source;
  }
}

void Run(const StoredDeployment& deployment, StreamHead* head) {
  const bool brings = !head->running.has_value() || head->running_identity != deployment.row.identity;
  if (brings) head->brought = deployment.fact.key;
  head->running = deployment.fact.key;
  head->running_identity = deployment.row.identity;
  head->running_images = deployment.fact.images;
  head->running_config_revision = deployment.fact.config_revision;
}

bool EarlierOnTimeline(const StoredDeployment& a, const StoredDeployment& b) {
  return std::tie(a.row.finished, a.fact.source_key, a.fact.key) <
         std::tie(b.row.finished, b.fact.source_key, b.fact.key);
}

}  // namespace headway
