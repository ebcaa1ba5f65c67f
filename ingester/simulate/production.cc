#include "ingester/simulate/production.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr int64_t kMinute = 60;

std::string StreamOf(const Team& team, const std::string& place) { return absl::StrCat(team.service, "-", place); }

}  // namespace

SimulatedProduction::SimulatedProduction(const Team* team, Random* random, const SimulationEmitter* emit)
    : team_(*team), random_(*random), emit_(*emit), config_(random->Hex(40)) {}

// Each service has sources of its own, so that what one of them says about how far its data reach holds for that service alone.
std::string SimulatedProduction::Pipelines() const { return absl::StrCat("pipelines:", team_.service); }

std::string SimulatedProduction::Pager() const { return absl::StrCat("pager:", team_.service); }

absl::Status SimulatedProduction::Declare(int64_t end) {
  end_ = end;
  v1::Observation entity;
  entity.set_source("catalog:example");
  entity.mutable_entity()->set_entity_ref(team_.entity_ref);
  entity.mutable_entity()->set_version(1);
  entity.mutable_entity()->set_title(team_.service);
  entity.mutable_entity()->add_repositories()->set_repository(team_.repository);
  if (absl::Status sent = emit_(std::move(entity)); !sent.ok()) return sent;
  std::vector<std::string> places = team_.regions;
  places.push_back("staging");
  for (const std::string& place : places) {
    v1::Observation mapping;
    mapping.set_source(Pipelines());
    mapping.mutable_stream_mapping()->set_id(StreamOf(team_, place));
    mapping.mutable_stream_mapping()->set_version(1);
    mapping.mutable_stream_mapping()->set_stream(StreamOf(team_, place));
    mapping.mutable_stream_mapping()->set_entity_ref(team_.entity_ref);
    if (absl::Status sent = emit_(std::move(mapping)); !sent.ok()) return sent;
  }
  const std::pair<std::string, v1::SourceStatus::Covers> reach[] = {
      {Pipelines(), v1::SourceStatus::DEPLOYMENTS},
      {ForgeOf(team_), v1::SourceStatus::CHANGES},
      {Pager(), v1::SourceStatus::INCIDENTS},
  };
  for (const auto& [source, covers] : reach) {
    v1::Observation status;
    status.set_source(source);
    status.mutable_source_status()->set_covers(covers);
    status.mutable_source_status()->mutable_complete_until()->set_seconds(end);
    status.mutable_source_status()->add_entity_refs(team_.entity_ref);
    if (absl::Status sent = emit_(std::move(status)); !sent.ok()) return sent;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SimulatedProduction::EmitDeployment(const Attempt& attempt) {
  v1::Observation observation;
  observation.set_source(Pipelines());
  v1::Deployment* deployment = observation.mutable_deployment();
  deployment->set_key(absl::StrCat(attempt.stream, "/", ++last_run_));
  deployment->set_version(1);
  deployment->set_stream(attempt.stream);
  deployment->set_environment(attempt.environment);
  deployment->set_repository(team_.repository);
  deployment->set_source_revision(attempt.revision);
  deployment->set_config_revision(config_);
  deployment->add_images(absl::StrCat("registry.example.org/", team_.service, ":", attempt.revision.substr(0, 12)));
  deployment->mutable_started_at()->set_seconds(attempt.started);
  deployment->set_automated(attempt.automated);
  deployment->set_revision_evidence("the pipeline names the commit");
  const std::string key = deployment->key();
  if (attempt.started >= end_) return key;
  // Some pipelines also report the start.
  if (random_.Chance(125) || attempt.finished >= end_) {
    v1::Observation pending = observation;
    pending.mutable_deployment()->set_phase(v1::Deployment::PENDING);
    if (absl::Status sent = emit_(std::move(pending)); !sent.ok()) return sent;
  }
  if (attempt.finished >= end_) return key;
  deployment->set_version(2);
  deployment->mutable_finished_at()->set_seconds(attempt.finished);
  deployment->set_phase(attempt.failed ? v1::Deployment::FAILED : v1::Deployment::SUCCEEDED);
  if (absl::Status sent = emit_(std::move(observation)); !sent.ok()) return sent;
  return key;
}

absl::StatusOr<RollOut> SimulatedProduction::Stage(int64_t time, const std::string& revision) {
  const int64_t finish = time + random_.Skewed(4 * kMinute);
  auto key = EmitDeployment({StreamOf(team_, "staging"), "staging", revision, time, finish, false, true});
  if (!key.ok()) return key.status();
  return RollOut{*key, revision, finish, finish};
}

absl::StatusOr<RollOut> SimulatedProduction::RollOutTo(int64_t time, const std::string& revision, bool automated) {
  RollOut roll_out;
  roll_out.revision = revision;
  for (const std::string& region : team_.regions) {
    const std::string stream = StreamOf(team_, region);
    if (random_.Chance(60 - 12 * team_.maturity)) {
      const int64_t gave_up = time + random_.Skewed(5 * kMinute);
      auto failed = EmitDeployment({stream, "prod", revision, time, gave_up, true, automated});
      if (!failed.ok()) return failed.status();
      time = gave_up + random_.Skewed(10 * kMinute);
    }
    const int64_t finish = time + random_.Skewed(6 * kMinute);
    auto key = EmitDeployment({stream, "prod", revision, time, finish, false, automated});
    if (!key.ok()) return key.status();
    if (roll_out.key.empty()) {
      roll_out.key = *key;
      roll_out.first_finish = finish;
    }
    roll_out.last_finish = finish;
    time = finish + random_.Skewed(3 * kMinute);
  }
  running_ = revision;
  return roll_out;
}

absl::StatusOr<RollOut> SimulatedProduction::Reconfigure(int64_t time) {
  config_ = random_.Hex(40);
  const std::string same = running_;
  return RollOutTo(time, same, /*automated=*/false);
}

std::string SimulatedProduction::NextIncidentId() { return absl::StrCat(team_.service, "-", ++last_incident_); }

void SimulatedProduction::FillCause(const Incident& incident, v1::IncidentEvent* event) const {
  if (incident.no_change) event->set_cause(v1::IncidentEvent::NOT_A_CHANGE);
  if (!incident.caused_by.empty()) {
    event->set_cause(v1::IncidentEvent::CHANGE);
    v1::DeploymentReference* link = event->add_caused_by()->mutable_deployment();
    link->set_source(Pipelines());
    link->set_key(incident.caused_by);
  }
  if (incident.caused_by_pull > 0) {
    event->set_cause(v1::IncidentEvent::CHANGE);
    v1::ChangeReference* link = event->add_caused_by()->mutable_change();
    link->set_repository(team_.repository);
    link->set_number(incident.caused_by_pull);
  }
  if (!incident.remedied_by.empty()) {
    v1::DeploymentReference* link = event->add_remedied_by()->mutable_deployment();
    link->set_source(Pipelines());
    link->set_key(incident.remedied_by);
  }
}

absl::Status SimulatedProduction::Report(Incident* incident) {
  struct Step {
    v1::IncidentEvent::Type type;
    int64_t at;
  };
  const Step steps[] = {{v1::IncidentEvent::OPENED, incident->opened},
                        {v1::IncidentEvent::ACKNOWLEDGED, incident->acknowledged},
                        {v1::IncidentEvent::RESOLVED, incident->resolved},
                        {v1::IncidentEvent::REOPENED, incident->reopened},
                        {v1::IncidentEvent::RESOLVED, incident->resolved_again}};
  int number = 0;
  for (const Step& step : steps) {
    if (++number <= incident->reported || step.at == 0 || step.at >= end_) continue;
    incident->reported = number;
    v1::Observation observation;
    observation.set_source(Pager());
    v1::IncidentEvent* event = observation.mutable_incident_event();
    event->set_incident_id(incident->id);
    event->set_event_id(absl::StrCat(incident->id, ".", number));
    event->set_type(step.type);
    event->mutable_occurred_at()->set_seconds(step.at);
    event->add_affected_entity_refs(team_.entity_ref);
    event->set_environment("prod");
    event->set_title(absl::StrCat(team_.service, " does not answer as it should"));
    // What caused it is only known afterwards.
    if (step.type == v1::IncidentEvent::RESOLVED) FillCause(*incident, event);
    if (absl::Status sent = emit_(std::move(observation)); !sent.ok()) return sent;
  }
  return absl::OkStatus();
}

}  // namespace headway
