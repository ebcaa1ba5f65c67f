// Answers the oracle's questions with the pure core alone (fold, mapping, derivation, evaluation), without a store: so that hundreds of random worlds
// are compared in seconds, and a disagreement is known to be one of rules and not of storage.
//
//   core_driver OBSERVATIONS.ndjson < questions.ndjson > answers.ndjson
//
// A question is {"entity_refs": [...], "as_of": µs, "days": n, "zone": "...", "environment": "...", "policies": {...}}; the answer is a line for each of its
// entities: {"measures": [...], "coverage": {...}}, proto3 JSON of headway.v1.
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "aggregator/metrics/answer.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/stream_resolver.h"
#include "aggregator/projection/validate.h"

namespace headway {
namespace {

using Json = nlohmann::json;

struct Question {
  DerivePolicies derive;
  ReadPolicies read;
  absl::Time as_of;
  int days = 30;
  absl::TimeZone zone;
};

// All facts of all entities, folded once.
class World {
 public:
  explicit World(const std::string& path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) Add(line);
    Fold();
  }

  EntityInputs Inputs(const std::string& ref) const {
    EntityInputs inputs;
    inputs.entity_ref = ref;
    const auto declared = entities_.find(ref);
    if (declared != entities_.end() && !declared->second.deleted) AddRepositories(declared->second, &inputs);
    const auto deployments = deployments_.find(ref);
    if (deployments != deployments_.end()) inputs.deployments = deployments->second;
    const auto incidents = incidents_.find(ref);
    if (incidents != incidents_.end()) inputs.incidents = incidents->second;
    return inputs;
  }

  std::vector<SourceState> Sources(const std::string& ref, const EntityInputs& inputs) const {
    std::map<std::pair<int, std::string>, std::optional<absl::Time>> mapped;
    const auto add = [&](v1::SourceStatus::Covers covers, const std::string& source) {
      mapped.try_emplace({covers, source});
    };
    for (const SourceStatusFact& status : statuses_) {
      for (const std::string& named : status.entity_refs) {
        if (aliases_.Resolve(named) == ref) add(status.covers, status.source);
      }
    }
    for (const StreamMappingFact& mapping : mappings_) {
      if (!mapping.deleted && aliases_.Resolve(mapping.entity_ref) == ref) {
        add(v1::SourceStatus::DEPLOYMENTS, mapping.source);
      }
    }
    for (const auto& [name, stream] : streams_) {
      for (const StreamSpan& span : TargetOf(stream).spans) {
        if (aliases_.Resolve(span.entity_ref) == ref) add(v1::SourceStatus::DEPLOYMENTS, stream.source);
      }
    }
    for (const DeploymentFact& fact : inputs.deployments) add(v1::SourceStatus::DEPLOYMENTS, fact.source);
    for (const IncidentFact& fact : inputs.incidents) add(v1::SourceStatus::INCIDENTS, fact.source);
    for (const RepositoryInput& repository : inputs.repositories) {
      const auto told = change_sources_.find(repository.name);
      if (told == change_sources_.end()) continue;
      for (const std::string& source : told->second) add(v1::SourceStatus::CHANGES, source);
    }
    bool changes = false;
    for (const auto& [key, until] : mapped) changes = changes || key.first == v1::SourceStatus::CHANGES;
    if (!changes && !inputs.repositories.empty()) add(v1::SourceStatus::CHANGES, inputs.repositories[0].name);
    std::vector<SourceState> sources;
    for (const auto& [key, until] : mapped) {
      SourceState state{key.second, static_cast<v1::SourceStatus::Covers>(key.first), absl::InfinitePast(), false};
      for (const SourceStatusFact& status : statuses_) {
        if (status.source != state.source || status.covers != state.covers) continue;
        state.until = status.complete_until;
        state.has_status = true;
      }
      // A repository is needed for changes, whatever a status says.
      if (state.covers == v1::SourceStatus::CHANGES && inputs.repositories.empty()) continue;
      sources.push_back(state);
    }
    return sources;
  }

  const EnvironmentRules& rules() const { return rules_; }

 private:
  void Add(const std::string& line) {
    v1::Observation observation;
    if (line.empty() || !google::protobuf::util::JsonStringToMessage(line, &observation).ok()) return;
    if (Validate(observation).has_value()) return;
    const PreparedObservation prepared = Prepare(observation);
    if (prepared.commit.has_value()) {
      commits_.insert(prepared.payload);
    } else {
      payloads_[static_cast<int>(prepared.kind)][prepared.object_key].insert(prepared.payload);
    }
  }

  template <typename Fn>
  void ForEach(ObservationKind kind, Fn fn) {
    for (const auto& [key, payloads] : payloads_[static_cast<int>(kind)]) {
      const std::vector<std::string> list(payloads.begin(), payloads.end());
      fn(Payloads(list));
    }
  }

  void Fold();
  void FoldStreams(const std::vector<EntityDeclarationFact>& declared, std::vector<EnvironmentRuleFact> rules);
  StreamTarget TargetOf(const StreamFact& stream) const { return resolver_.Resolve(stream, mappings_, claiming_); }
  StreamTarget TargetOf(const DeploymentFact& deployment) const;
  void AddRepositories(const EntityDeclarationFact& declared, EntityInputs* inputs) const;

  std::map<int, std::map<ObjectKey, std::set<std::string>>> payloads_;
  std::set<std::string> commits_;
  std::map<std::string, EntityDeclarationFact> entities_;
  std::map<std::string, std::vector<DeploymentFact>> deployments_;
  std::map<std::string, std::vector<IncidentFact>> incidents_;
  std::map<std::string, std::vector<FoldedChange>> changes_;
  std::map<std::string, std::set<std::string>> change_sources_;  // by repository
  std::map<std::string, std::shared_ptr<CommitGraph>> graphs_;
  std::vector<SourceStatusFact> statuses_;
  std::vector<StreamMappingFact> mappings_;
  std::map<std::pair<std::string, std::string>, StreamFact> streams_;  // that were declared, by source and stream
  std::vector<EntityClaims> claims_;
  std::vector<const EntityClaims*> claiming_;
  StreamResolver resolver_;
  EntityAliases aliases_;
  EnvironmentRules rules_;
};

void World::FoldStreams(const std::vector<EntityDeclarationFact>& declared, std::vector<EnvironmentRuleFact> rules) {
  ForEach(ObservationKind::kStreamMapping, [&](Payloads p) { mappings_.push_back(FoldStreamMapping(p)); });
  ForEach(ObservationKind::kStream, [&](Payloads p) {
    StreamFact stream = FoldStream(p);
    streams_.emplace(std::make_pair(stream.source, stream.stream), stream);
  });
  std::vector<MappingRuleFact> mapping_rules;
  ForEach(ObservationKind::kMappingRule, [&](Payloads p) { mapping_rules.push_back(FoldMappingRule(p)); });
  resolver_ = StreamResolver(std::move(mapping_rules), std::move(rules));
  for (const EntityDeclarationFact& entity : declared) {
    if (!entity.deleted) claims_.push_back(ClaimsOf(entity.entity_ref, entity.annotations));
  }
  for (const EntityClaims& claims : claims_) claiming_.push_back(&claims);
}

StreamTarget World::TargetOf(const DeploymentFact& deployment) const {
  const auto declared = streams_.find({deployment.source, deployment.stream});
  if (declared != streams_.end()) return TargetOf(declared->second);
  StreamFact stream;
  stream.source = deployment.source;
  stream.stream = deployment.stream;
  return TargetOf(stream);
}

void World::Fold() {
  std::vector<EntityDeclarationFact> declared;
  ForEach(ObservationKind::kEntity, [&](Payloads p) {
    declared.push_back(FoldEntity(p));
    entities_[declared.back().entity_ref] = declared.back();
  });
  aliases_ = EntityAliases(declared);
  std::vector<EnvironmentRuleFact> rules;
  ForEach(ObservationKind::kEnvironmentRule, [&](Payloads p) { rules.push_back(FoldEnvironmentRule(p)); });
  rules_ = EnvironmentRules(rules);
  FoldStreams(declared, std::move(rules));
  ForEach(ObservationKind::kSourceStatus, [&](Payloads p) { statuses_.push_back(FoldSourceStatus(p)); });
  ForEach(ObservationKind::kDeployment, [&](Payloads p) {
    FoldedDeployment folded = FoldDeployment(p);
    if (!folded.exists) return;
    const StreamTarget target = TargetOf(folded.fact);
    ApplyTarget(target, rules_, &folded);
    const std::string ref = EntityOf(folded, target, aliases_);
    if (!ref.empty()) deployments_[ref].push_back(folded.fact);
  });
  ForEach(ObservationKind::kIncidentEvent, [&](Payloads p) {
    FoldedIncident folded = FoldIncident(p);
    if (!folded.exists) return;
    rules_.Apply(folded);
    for (const std::string& ref : EntitiesOf(folded, aliases_)) incidents_[ref].push_back(folded.fact);
  });
  ForEach(ObservationKind::kChange, [&](Payloads p) {
    const FoldedChange folded = FoldChange(p);
    if (!folded.merged) return;
    changes_[folded.fact.repository].push_back(folded);
    std::set<std::string> sources;
    for (const std::string& payload : p) {
      v1::Observation observation;
      if (observation.ParseFromString(payload)) sources.insert(observation.source());
    }
    change_sources_[folded.fact.repository].insert(*sources.begin());
  });
  for (const std::string& payload : commits_) {
    v1::Observation observation;
    observation.ParseFromString(payload);
    const v1::Commit& commit = observation.commit();
    CommitFact fact;
    fact.sha = commit.sha();
    fact.parents.assign(commit.parents().begin(), commit.parents().end());
    const auto micros = [](const google::protobuf::Timestamp& t) {
      return absl::FromUnixSeconds(t.seconds()) + absl::Microseconds(t.nanos() / 1000);
    };
    fact.authored = micros(commit.authored_at());
    fact.committed = micros(commit.committed_at());
    if (commit.has_paths()) fact.paths.emplace(commit.paths().paths().begin(), commit.paths().paths().end());
    fact.reverts.assign(commit.reverts().begin(), commit.reverts().end());
    fact.cherry_picked_from.assign(commit.cherry_picked_from().begin(), commit.cherry_picked_from().end());
    std::shared_ptr<CommitGraph>& graph = graphs_[commit.repository()];
    if (graph == nullptr) graph = std::make_shared<CommitGraph>();
    graph->Add(fact);
  }
}

void World::AddRepositories(const EntityDeclarationFact& declared, EntityInputs* inputs) const {
  for (const EntityRepository& repository : declared.repositories) {
    const auto graph = graphs_.find(repository.name);
    inputs->repositories.push_back({repository.name, repository.path_prefixes,
                                    graph == graphs_.end() ? std::make_shared<const CommitGraph>()
                                                           : std::shared_ptr<const CommitGraph>(graph->second)});
    const auto changes = changes_.find(repository.name);
    if (changes == changes_.end()) continue;
    for (const FoldedChange& folded : changes->second) {
      inputs->changes.push_back(folded.fact);
      inputs->changes.back().touches_entity = TouchesPaths(repository.path_prefixes, folded.paths);
    }
  }
}

Question Parse(const Json& json, const EnvironmentRules& rules) {
  Question question;
  question.as_of = absl::FromUnixMicros(json.at("as_of").get<int64_t>());
  question.days = json.at("days").get<int>();
  if (!absl::LoadTimeZone(json.at("zone").get<std::string>(), &question.zone)) std::abort();
  question.derive.environment = json.at("environment").get<std::string>();
  if (!question.derive.environment.empty()) {
    question.derive.environment_tier = rules.TierOf(question.derive.environment);
  }
  const Json& policies = json.at("policies");
  const auto is = [&](const char* name, const char* value) {
    return policies.contains(name) && policies.at(name) == value;
  };
  const auto duration = [&](const char* name, absl::Duration otherwise) {
    return policies.contains(name) ? absl::Microseconds(policies.at(name).get<int64_t>()) : otherwise;
  };
  question.read.first_deployment_all = is("first_deployment", "all");
  question.read.exclude_bots = is("bots", "excluded");
  question.read.explicit_incidents_only = is("incident_attribution", "explicit");
  if (policies.contains("minimum_events")) question.read.minimum_events = policies.at("minimum_events").get<int>();
  DerivePolicies& derive = question.derive;
  derive.pushes_are_changes = is("changes", "all");
  derive.follow_cherry_picks = is("cherry_picks", "follow");
  derive.finish_synced = is("finish", "synced");
  if (is("roll_out", "last")) derive.roll_out = DerivePolicies::RollOut::kLast;
  if (is("roll_out", "each")) derive.roll_out = DerivePolicies::RollOut::kEach;
  derive.attribution_window = duration("attribution_window", derive.attribution_window);
  derive.roll_out_window = duration("roll_out_window", derive.roll_out_window);
  derive.stream_activity = duration("stream_activity", derive.stream_activity);
  if (policies.contains("degraded_after")) derive.degraded_after = duration("degraded_after", {});
  derive.as_of = question.as_of;
  derive.explicit_incidents_only = is("incident_attribution", "explicit");
  derive.first_deployment_all = is("first_deployment", "all");
  return question;
}

std::string Answer(const World& world, const Question& question, const std::string& ref) {
  const EntityInputs inputs = world.Inputs(ref);
  const std::vector<SourceState> sources = world.Sources(ref, inputs);
  const EntityRows rows = Derive(inputs, question.derive);
  const EntityRows* pointer = &rows;
  const WindowPair windows = WindowsOf(question.as_of, question.days, question.zone);
  v1::GetEntityMetricsResponse response;
  response.set_entity_ref(ref);
  for (v1::Measure& measure : AnswerMeasures(Rows(&pointer, 1), sources, windows, question.read)) {
    *response.add_measures() = std::move(measure);
  }
  *response.mutable_coverage() =
      AnswerCoverage(Rows(&pointer, 1), sources, windows.current, question.read, question.as_of);
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(response, &json, options).ok()) std::abort();
  return json;
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: core_driver OBSERVATIONS.ndjson < questions\n";
    return 2;
  }
  const headway::World world(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    const headway::Question question = headway::Parse(json, world.rules());
    for (const auto& ref : json.at("entity_refs")) {
      std::cout << headway::Answer(world, question, ref.get<std::string>()) << "\n";
    }
  }
  return 0;
}
