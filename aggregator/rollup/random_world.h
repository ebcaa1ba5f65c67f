// Random observations of a small organisation in which everything happens that may: late and withdrawn deployments, moved times, rollbacks, reverts of
// reverts, commits after their deployments, mappings and rules that change. The same seed gives the same world. Test code only.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_RANDOM_WORLD_H_
#define HEADWAY_AGGREGATOR_ROLLUP_RANDOM_WORLD_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "headway/v1/observation.pb.h"

namespace headway::testing {

class RandomWorld {
 public:
  explicit RandomWorld(uint64_t seed);

  // What happens next.
  v1::Observation Next();
  // Only deployments that come in order, to entities without commits: releases, rollbacks, redeployments, configs, failures, several streams.
  v1::Observation NextAppend();
  // The same, but that some deployments are told of late, others turn healthy later, and now and then an incident opens.
  v1::Observation NextLate();
  // A world at work: deployments come in order and mostly run what was committed shortly before; now and then a pull request, an incident, something old or
  // unknown.
  v1::Observation NextLive();

 private:
  struct Deployed {
    v1::Observation observation;
    bool gone = false;
  };
  struct Incident {
    std::string id;
    int events = 0;
    int64_t opened = 0;
  };

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  std::string Entity() { return "component:default/e" + std::to_string(Below(5)); }
  static int Repositories() { return 2; }
  std::string Repository(int i) const { return "host/o/r" + std::to_string(i); }
  std::string CommitSha(int repository, int i) const;
  void MakeCommits();
  void PutCommitsInOrder();
  v1::Observation IncidentLate();
  v1::Observation TurnHealthy();
  v1::Observation DeployLive();
  v1::Observation PullRequestLive();
  v1::Observation IncidentLive();
  v1::Observation DeclarationLive();

  v1::Observation Deploy();
  v1::Observation ChangeDeployment();
  v1::Observation Commit();
  v1::Observation PullRequest();
  v1::Observation IncidentEvent();
  v1::Observation Mapping();
  v1::Observation EnvironmentRule();
  v1::Observation Stream();
  v1::Observation MappingRule();
  // Of a few streams, by one or two fields.
  void Select(v1::StreamSelector* where);
  // What the catalog says of the entity beyond its repositories.
  void Annotate(v1::EntityDeclaration* entity);
  v1::Observation Declaration();
  v1::Observation Status();
  v1::Observation Artefact();
  v1::Observation ImageTagRule();
  // A commit of the manifests, on one of two lines.
  v1::Observation Manifests();
  // Takes back what the source says of its revision, and gives it what may lead to one: perhaps to this commit.
  void LeaveRevisionOpen(int commit, v1::Deployment* deployment);

  std::mt19937_64 random_;
  int64_t now_ = 1'770'000'000;  // seconds
  uint64_t version_ = 1;
  int count_ = 0;
  std::vector<Deployed> deployments_;
  std::vector<Incident> incidents_;
  std::vector<v1::Observation> commits_;  // not yet told
  int told_ = 0;                          // commits of all repositories
};

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_ROLLUP_RANDOM_WORLD_H_
