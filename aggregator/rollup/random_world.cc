#include "aggregator/rollup/random_world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace headway::testing {
namespace {

constexpr int kCommits = 40;

const char* const kSources[] = {"cd:1", "cd:1", "cd:2", "argocd:a", "argocd:a"};
const char* const kEnvironments[] = {"prod", "prod", "prod", "live-eu", "staging"};

}  // namespace

RandomWorld::RandomWorld(uint64_t seed) : random_(seed) { MakeCommits(); }

// Of every four commits of a repository two share their first eight digits, and seven with those of the other.
std::string RandomWorld::CommitSha(int repository, int i) const {
  return absl::StrFormat("abc%04x%x%032x", i % 4 == 1 ? i - 1 : i, repository + 1, i + 1);
}

void RandomWorld::MakeCommits() {
  for (int r = 0; r < Repositories(); ++r) {
    for (int i = 0; i < kCommits; ++i) {
      v1::Observation observation;
      observation.set_source("git");
      v1::Commit& commit = *observation.mutable_commit();
      commit.set_repository(Repository(r));
      commit.set_sha(CommitSha(r, i));
      if (i > 0) commit.add_parents(CommitSha(r, std::max(0, i - 1 - Below(3))));
      if (i > 4 && Chance(20)) commit.add_parents(CommitSha(r, i - 4 + Below(3)));
      if (commit.parents_size() == 2 && commit.parents(0) == commit.parents(1)) commit.mutable_parents()->RemoveLast();
      commit.mutable_authored_at()->set_seconds(now_ + i * 3000);
      commit.mutable_committed_at()->set_seconds(now_ + i * 3000 + 60);
      if (Chance(60)) commit.mutable_paths()->add_paths(Chance(50) ? "services/a/x.cc" : "services/b/y.cc");
      if (i > 2 && Chance(15)) commit.add_reverts(CommitSha(r, Below(i)));
      commits_.push_back(std::move(observation));
    }
  }
  std::shuffle(commits_.begin(), commits_.end(), random_);
}

v1::Observation RandomWorld::Next() {
  now_ += 300 + Below(3600);
  ++count_;
  // The catalog comes first, more or less.
  if (count_ <= 4) return Declaration();
  const int what = Below(100);
  if (what < 30) return Deploy();
  if (what < 42 && !deployments_.empty()) return ChangeDeployment();
  if (what < 62 && !commits_.empty()) return Commit();
  if (what < 74) return PullRequest();
  if (what < 86) return IncidentEvent();
  if (what < 88) return Mapping();
  if (what < 90) return Stream();
  if (what < 92) return MappingRule();
  if (what < 94) return EnvironmentRule();
  if (what < 96) return Declaration();
  if (what < 97) return ImageTagRule();
  return Chance(40) ? Status() : Artefact();
}

v1::Observation RandomWorld::Deploy() {
  v1::Observation observation;
  observation.set_source(kSources[Below(5)]);
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("d", count_));
  deployment.set_version(++version_);
  deployment.set_stream(absl::StrCat("app", Below(4)));
  if (Chance(45)) deployment.set_entity_ref(Entity());
  deployment.set_environment(kEnvironments[Below(5)]);
  const int repository = Below(Repositories());
  if (Chance(70)) deployment.set_repository(Repository(repository));
  if (Chance(85))
    deployment.set_source_revision(Chance(90)
                                       ? CommitSha(repository, std::min(kCommits - 1, Below(8) + count_ / 6 % kCommits))
                                       : absl::StrCat("v1.", Below(5)));
  if (Chance(50)) deployment.set_config_revision(absl::StrCat("config", Below(3)));
  if (Chance(50)) deployment.add_images(absl::StrCat("image:", Below(3)));
  const int64_t finished = now_ - (Chance(20) ? Below(400'000) : 0);
  if (Chance(90)) deployment.mutable_started_at()->set_seconds(finished - Below(600));
  const int outcome = Below(10);
  deployment.set_phase(outcome == 0   ? v1::Deployment::PENDING
                       : outcome == 1 ? v1::Deployment::FAILED
                                      : v1::Deployment::SUCCEEDED);
  if (outcome == 0) {
    deployment.mutable_started_at()->set_seconds(finished);
  } else {
    deployment.mutable_finished_at()->set_seconds(finished);
    if (Chance(10)) deployment.mutable_healthy_at()->set_seconds(finished + Below(900));
    if (Chance(5)) deployment.mutable_degraded_at()->set_seconds(finished + Below(900));
  }
  if (Chance(4)) deployment.set_effect(Chance(50) ? v1::Deployment::SELF_HEAL : v1::Deployment::RESYNC);
  if (Chance(40)) LeaveRevisionOpen(Below(kCommits), &deployment);
  if (Chance(40)) deployment.set_sequence(Below(12));
  deployments_.push_back({observation});
  return observation;
}

v1::Observation RandomWorld::ChangeDeployment() {
  Deployed& deployed = deployments_[Below(static_cast<int>(deployments_.size()))];
  v1::Deployment& deployment = *deployed.observation.mutable_deployment();
  deployment.set_version(++version_);
  switch (Below(6)) {
    case 0:  // taken back, or brought again
      deployment.set_withdrawn(!deployment.withdrawn());
      break;
    case 1:  // its time moves
      if (deployment.has_finished_at())
        deployment.mutable_finished_at()->set_seconds(deployment.finished_at().seconds() + Below(200'000) - 100'000);
      break;
    case 2:  // it comes to an end
      deployment.set_phase(v1::Deployment::SUCCEEDED);
      if (!deployment.has_finished_at()) deployment.mutable_finished_at()->set_seconds(now_);
      break;
    case 3:  // it belongs to another
      deployment.set_entity_ref(Entity());
      break;
    case 4:  // or to another stream
      deployment.set_stream(absl::StrCat("app", Below(4)));
      break;
    default:  // the source finds the revision out
      deployment.set_source_revision(CommitSha(Below(Repositories()), Below(kCommits)));
  }
  return deployed.observation;
}

v1::Observation RandomWorld::Commit() {
  v1::Observation commit = std::move(commits_.back());
  commits_.pop_back();
  return commit;
}

v1::Observation RandomWorld::PullRequest() {
  v1::Observation observation;
  observation.set_source("forge");
  v1::Change& change = *observation.mutable_change();
  const int repository = Below(Repositories());
  const int number = 1 + Below(25);
  change.set_repository(Repository(repository));
  change.set_number(number);
  change.mutable_updated_at()->set_seconds(now_);
  change.mutable_opened_at()->set_seconds(now_ - 9000);
  change.mutable_first_commit_authored_at()->set_seconds(now_ - 10000);
  if (Chance(60)) change.mutable_first_review_at()->set_seconds(now_ - Below(9000));
  if (Chance(80)) {
    change.mutable_merged_at()->set_seconds(now_ - 100);
    change.set_merge_commit_sha(CommitSha(repository, (number * 3) % kCommits));
    change.add_commit_shas(CommitSha(repository, (number * 3 + 1) % kCommits));
  }
  if (Chance(15)) change.add_labels("hotfix");
  if (Chance(20)) change.add_reverts_numbers(1 + Below(25));
  if (Chance(10)) change.add_reverts_shas(CommitSha(repository, Below(kCommits)));
  if (Chance(40)) change.mutable_paths()->add_paths(Chance(50) ? "services/a/x.cc" : "services/b/y.cc");
  change.set_bot(Chance(10));
  return observation;
}

v1::Observation RandomWorld::IncidentEvent() {
  if (incidents_.empty() || Chance(40))
    incidents_.push_back({absl::StrCat("i", incidents_.size()), 0, now_ - Below(50'000)});
  Incident& incident = incidents_[Below(static_cast<int>(incidents_.size()))];
  v1::Observation observation;
  observation.set_source("pager");
  v1::IncidentEvent& event = *observation.mutable_incident_event();
  event.set_incident_id(incident.id);
  event.set_event_id(absl::StrCat("e", incident.events++));
  event.mutable_occurred_at()->set_seconds(incident.opened + (incident.events > 1 ? Below(100'000) : 0));
  event.set_type(incident.events == 1
                     ? v1::IncidentEvent::OPENED
                     : static_cast<v1::IncidentEvent::Type>(v1::IncidentEvent::ACKNOWLEDGED + Below(4)));
  if (incident.events == 1 || Chance(20)) {
    event.add_affected_entity_refs(Entity());
    if (Chance(30)) event.add_affected_entity_refs(Entity());
  }
  if (Chance(20)) event.set_environment(kEnvironments[Below(5)]);
  if (Chance(10)) event.set_cause(v1::IncidentEvent::NOT_A_CHANGE);
  if (Chance(15)) {
    v1::LinkTarget& link = *(Chance(60) ? event.add_caused_by() : event.add_remedied_by());
    const int repository = Below(Repositories());
    if (Chance(40) && !deployments_.empty()) {
      const v1::Observation& deployed = deployments_[Below(static_cast<int>(deployments_.size()))].observation;
      link.mutable_deployment()->set_source(deployed.source());
      link.mutable_deployment()->set_key(deployed.deployment().key());
    } else if (Chance(50)) {
      link.mutable_commit()->set_repository(Repository(repository));
      link.mutable_commit()->set_sha(CommitSha(repository, Below(kCommits)));
    } else {
      link.mutable_change()->set_repository(Repository(repository));
      link.mutable_change()->set_number(1 + Below(25));
    }
  }
  if (Chance(3)) event.set_merged_into("i0");
  return observation;
}

void RandomWorld::PutCommitsInOrder() {
  std::sort(commits_.begin(), commits_.end(), [](const v1::Observation& a, const v1::Observation& b) {
    const auto place = [](const v1::Observation& o) {
      return std::make_pair(o.commit().sha().substr(8), o.commit().repository());
    };
    return place(a) > place(b);
  });
  // A few come late.
  for (size_t i = 0; i + 6 < commits_.size(); ++i) {
    if (Chance(8)) std::swap(commits_[i], commits_[i + 1 + Below(5)]);
  }
}

v1::Observation RandomWorld::NextLive() {
  if (count_ == 0) PutCommitsInOrder();
  now_ += 60 + Below(7200);
  ++count_;
  if (count_ <= 2) return DeclarationLive();
  const int what = Below(100);
  if (what < 25 && !commits_.empty()) {
    ++told_;
    return Commit();
  }
  if (what < 42) return PullRequestLive();
  if (what < 45) return IncidentLive();
  if (what < 46) return DeclarationLive();
  if (what < 49) return Chance(60) ? Artefact() : Manifests();
  return DeployLive();
}

v1::Observation RandomWorld::DeclarationLive() {
  v1::Observation observation = Declaration();
  v1::EntityDeclaration& entity = *observation.mutable_entity();
  entity.set_entity_ref(absl::StrCat("component:default/e", count_ % 2));
  entity.clear_repositories();
  entity.set_deleted(false);
  for (int r = 0; r < Repositories(); ++r) {
    v1::EntityRepository& repository = *entity.add_repositories();
    repository.set_repository(Repository(r));
    if (Chance(60)) repository.add_path_prefixes("services/a");
  }
  return observation;
}

// Of a commit that is to come, or has just come.
v1::Observation RandomWorld::PullRequestLive() {
  v1::Observation observation = PullRequest();
  v1::Change& change = *observation.mutable_change();
  const int repository = Below(Repositories());
  const int commit = std::min(kCommits - 1, told_ / Repositories() + Below(5));
  change.set_repository(Repository(repository));
  change.set_number(commit + 1);
  if (change.has_merged_at()) change.set_merge_commit_sha(CommitSha(repository, commit));
  change.clear_commit_shas();
  change.clear_reverts_numbers();
  if (commit > 0 && Chance(25)) change.add_reverts_numbers(commit - Below(std::min(commit, 4)));
  change.clear_reverts_shas();
  return observation;
}

// Half of them name what is to come.
v1::Observation RandomWorld::IncidentLive() {
  v1::Observation observation = IncidentEvent();
  v1::IncidentEvent& event = *observation.mutable_incident_event();
  event.clear_affected_entity_refs();
  event.add_affected_entity_refs(absl::StrCat("component:default/e", Below(2)));
  if (!Chance(50)) return observation;
  v1::LinkTarget& link = *(Chance(60) ? event.add_caused_by() : event.add_remedied_by());
  if (Chance(50)) {
    link.mutable_deployment()->set_source("cd:1");
    link.mutable_deployment()->set_key(absl::StrCat("d", count_ + Below(6)));
  } else {
    link.mutable_commit()->set_repository(Repository(0));
    link.mutable_commit()->set_sha(CommitSha(0, std::min(kCommits - 1, told_ / Repositories() + Below(4))));
  }
  return observation;
}

v1::Observation RandomWorld::DeployLive() {
  v1::Observation observation;
  observation.set_source("cd:1");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("d", count_));
  deployment.set_version(++version_);
  deployment.set_entity_ref(Chance(70) ? "component:default/e0" : "component:default/e1");
  deployment.set_stream(absl::StrCat("app", Below(3)));
  // Production begins when there is something to bring.
  deployment.set_environment(count_ > 25 && Chance(80) ? "prod" : "staging");
  const int repository = Below(Repositories());
  if (Chance(70)) deployment.set_repository(Repository(repository));
  const int latest = told_ / Repositories();
  const int commit = Chance(70) ? latest - Below(4) : Below(latest + 3);
  if (Chance(95)) deployment.set_source_revision(CommitSha(repository, std::clamp(commit, 0, kCommits - 1)));
  if (Chance(30)) deployment.set_config_revision(absl::StrCat("config", Below(3)));
  if (Chance(50)) deployment.add_images(absl::StrCat("image:", Below(2)));
  const int outcome = Below(14);
  deployment.set_phase(outcome == 0   ? v1::Deployment::PENDING
                       : outcome == 1 ? v1::Deployment::FAILED
                                      : v1::Deployment::SUCCEEDED);
  deployment.mutable_started_at()->set_seconds(now_ - (outcome == 0 ? 0 : Below(50)));
  if (outcome != 0) deployment.mutable_finished_at()->set_seconds(now_);
  if (Chance(4)) deployment.set_effect(Chance(50) ? v1::Deployment::SELF_HEAL : v1::Deployment::RESYNC);
  if (Chance(25)) LeaveRevisionOpen(std::clamp(commit, 0, kCommits - 1), &deployment);
  if (Chance(50)) deployment.set_sequence(count_ / 4 + Below(3));
  deployments_.push_back({observation});
  return observation;
}

v1::Observation RandomWorld::NextAppend() {
  now_ += 1 + Below(7200);
  ++count_;
  v1::Observation observation;
  // What was pending comes to an end.
  if (Chance(60)) {
    for (Deployed& deployed : deployments_) {
      if (deployed.gone || deployed.observation.deployment().phase() != v1::Deployment::PENDING) continue;
      deployed.gone = true;
      observation = deployed.observation;
      observation.mutable_deployment()->set_version(++version_);
      observation.mutable_deployment()->set_phase(Chance(80) ? v1::Deployment::SUCCEEDED : v1::Deployment::FAILED);
      observation.mutable_deployment()->mutable_finished_at()->set_seconds(now_);
      return observation;
    }
  }
  observation.set_source(Chance(80) ? "cd:1" : "cd:2");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("d", count_));
  deployment.set_version(++version_);
  deployment.set_entity_ref(Chance(70) ? "component:default/e0" : "component:default/e1");
  deployment.set_stream(absl::StrCat("app", Below(3)));
  deployment.set_environment(Chance(80) ? "prod" : kEnvironments[Below(5)]);
  const int identity = Below(10);
  if (identity < 7) {
    deployment.set_source_revision(CommitSha(0, Chance(60) ? Below(4) : count_ / 3));
    if (Chance(20)) deployment.set_repository(Repository(0));
  }
  if (identity < 9 && Chance(60)) deployment.set_config_revision(absl::StrCat("config", Below(3)));
  if (identity < 8) deployment.add_images(absl::StrCat("image:", Below(2)));
  const int outcome = Below(12);
  deployment.set_phase(outcome == 0   ? v1::Deployment::PENDING
                       : outcome == 1 ? v1::Deployment::FAILED
                                      : v1::Deployment::SUCCEEDED);
  if (outcome == 0 || Chance(80)) deployment.mutable_started_at()->set_seconds(now_ - (outcome == 0 ? 0 : Below(600)));
  if (outcome != 0) deployment.mutable_finished_at()->set_seconds(now_);
  if (outcome > 1 && Chance(5)) deployment.mutable_degraded_at()->set_seconds(now_ + 30);
  if (Chance(5)) deployment.set_effect(Chance(50) ? v1::Deployment::SELF_HEAL : v1::Deployment::RESYNC);
  if (Chance(50)) deployment.set_sequence(count_ / 5 + Below(2));
  deployments_.push_back({observation});
  return observation;
}

}  // namespace headway::testing
