#include "aggregator/metrics/random_entity.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace headway::testing {
namespace {

class World {
 public:
  World(uint64_t seed, const std::string& entity_ref, absl::Time begin, int days)
      : random_(seed), begin_(begin), span_(absl::Hours(24) * days), graph_(std::make_shared<CommitGraph>()) {
    inputs_.entity_ref = entity_ref;
    repository_ = absl::StrCat("github.com/example/r", seed);
  }

  EntityInputs Build() && {
    AddHistory(30 + Below(60));
    AddDeployments(20 + Below(60));
    AddIncidents(Below(20));
    inputs_.repositories = {{repository_, {}, graph_}};
    return std::move(inputs_);
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  absl::Duration Upto(absl::Duration d) {
    return absl::Microseconds(static_cast<int64_t>(random_() % static_cast<uint64_t>(d / absl::Microseconds(1))));
  }
  absl::Time Anytime() { return begin_ + Upto(span_); }

  ObjectKey NewKey() {
    ObjectKey key;
    for (uint8_t& byte : key.bytes) byte = static_cast<uint8_t>(random_());
    return key;
  }
  std::string NewSha() { return absl::StrFormat("%016x%016x%08x", random_(), random_(), random_() & 0xffffffff); }

  void AddHistory(int count) {
    absl::Time time = begin_;
    std::string head;
    for (int i = 0; i < count; ++i) {
      time += Upto(span_ / count * 2);
      CommitFact commit;
      commit.sha = NewSha();
      if (!head.empty()) commit.parents = {head};
      commit.authored = time - Upto(absl::Hours(60));
      commit.committed = time;
      if (i > 2 && Chance(8)) commit.reverts = {shas_[static_cast<size_t>(Below(i))]};
      graph_->Add(commit);
      if (Chance(75)) AddChange(i + 1, commit);
      head = commit.sha;
      shas_.push_back(commit.sha);
      committed_.push_back(time);
    }
  }

  void AddChange(int number, const CommitFact& commit) {
    ChangeFact change;
    change.repository = repository_;
    change.number = number;
    change.merged = commit.committed;
    change.merge_commit = commit.sha;
    change.commits = {commit.sha};
    if (!Chance(10)) change.opened = change.merged - Upto(absl::Hours(50));
    if (!Chance(15))
      change.first_authored =
          Chance(5) ? change.merged + Upto(absl::Hours(400)) : change.merged - Upto(absl::Hours(90));
    if (Chance(60)) change.first_review = change.merged - Upto(absl::Hours(60)) + absl::Hours(5);
    change.bot = Chance(15);
    change.hotfix = Chance(8);
    if (Chance(5)) change.reverts_numbers = {1 + Below(number)};
    inputs_.changes.push_back(std::move(change));
  }

  void AddDeployments(int count) {
    for (int i = 0; i < count; ++i) {
      DeploymentFact d;
      d.key = NewKey();
      d.source = "ci";
      d.source_key = absl::StrCat("run-", i);
      const bool staging = Chance(15);
      d.environment = staging ? "staging" : "prod";
      d.tier = staging ? Tier::kStaging : Tier::kProduction;
      d.stream = Chance(70) ? "eu" : "us";
      d.repository = repository_;
      d.synced = Anytime();
      d.started = d.synced - Upto(absl::Minutes(90));
      d.source_revision = Revision(d.started);
      d.phase = Chance(8) ? Phase::kFailed : Chance(4) ? Phase::kPending : Phase::kSucceeded;
      if (d.phase == Phase::kPending) d.synced = absl::InfiniteFuture();
      if (d.phase == Phase::kSucceeded && Chance(20)) d.healthy = d.synced + Upto(absl::Minutes(30));
      if (d.phase == Phase::kSucceeded && Chance(6)) d.degraded = d.synced + Upto(absl::Hours(2));
      d.effect = Chance(6) ? Effect::kSelfHeal : Effect::kChanged;
      if (Chance(30)) d.config_revision = absl::StrCat("c", Below(4));
      inputs_.deployments.push_back(std::move(d));
    }
  }

  // Mostly the newest commit; sometimes an older one, which makes rollbacks and redeployments.
  std::string Revision(absl::Time at) {
    if (Chance(4)) return "";
    const auto newest = std::upper_bound(committed_.begin(), committed_.end(), at) - committed_.begin();
    const int64_t index = std::max<int64_t>(0, newest - 1 - (Chance(25) ? Below(5) : 0));
    return shas_[static_cast<size_t>(index)];
  }

  void AddIncidents(int count) {
    for (int i = 0; i < count; ++i) {
      IncidentFact incident;
      incident.key = NewKey();
      incident.source = "pager";
      incident.incident_id = absl::StrCat("P", i);
      incident.title = absl::StrCat("Errors \"", i, "\"");
      if (!Chance(5)) incident.opened = Anytime();
      absl::Time at = incident.opened.value_or(begin_) - (Chance(5) ? absl::Hours(1) : absl::ZeroDuration());
      while (Chance(75)) {
        const absl::Time resolved = at + Upto(absl::Hours(30));
        at = Chance(20) ? resolved + Upto(absl::Hours(10)) : absl::InfiniteFuture();
        incident.resolutions.push_back({resolved, at});
        if (at == absl::InfiniteFuture()) break;
      }
      if (Chance(10)) incident.cause = Cause::kNotAChange;
      if (Chance(30)) incident.caused_by = {Link()};
      if (Chance(15)) incident.remedied_by = {Link()};
      inputs_.incidents.push_back(std::move(incident));
    }
  }

  IncidentLink Link() {
    switch (Below(3)) {
      case 0:
        return inputs_.deployments[static_cast<size_t>(Below(static_cast<int>(inputs_.deployments.size())))].key;
      case 1:
        return CommitRef{repository_, shas_[static_cast<size_t>(Below(static_cast<int>(shas_.size())))]};
      default:
        return ChangeRef{repository_, 1 + Below(static_cast<int>(shas_.size()))};
    }
  }

  std::mt19937_64 random_;
  absl::Time begin_;
  absl::Duration span_;
  std::shared_ptr<CommitGraph> graph_;
  std::string repository_;
  std::vector<std::string> shas_;
  std::vector<absl::Time> committed_;
  EntityInputs inputs_;
};

}  // namespace

EntityInputs RandomEntity(uint64_t seed, const std::string& entity_ref, absl::Time begin, int days) {
  return World(seed, entity_ref, begin, days).Build();
}

}  // namespace headway::testing
