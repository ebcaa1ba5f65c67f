// Small entities of any shape: graphs with cycles that no repository has, equal times, links to nothing. Their derivation ends, does not depend on
// the order of its input, and gives measures that can be.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregator/metrics/evaluate.h"
#include "aggregator/projection/derive.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

using fuzz::Promise;

constexpr char kRepository[] = "github.com/example/r";
const absl::Time kBegin = absl::FromUnixSeconds(1'740'787'200);

class World {
 public:
  explicit World(FuzzedDataProvider* data) : data_(*data) {}

  EntityInputs Build() {
    EntityInputs inputs;
    inputs.entity_ref = "component:default/a";
    const int commits = Below(12), deployments = Below(12), changes = Below(8), incidents = Below(5);
    auto graph = std::make_shared<CommitGraph>();
    for (int i = 0; i < commits; ++i) AddCommit(graph.get());
    CheckGraph(*graph);
    inputs.repositories = {{kRepository, Chance() ? std::vector<std::string>{"a"} : std::vector<std::string>{}, graph}};
    for (int i = 0; i < deployments; ++i) inputs.deployments.push_back(Deployment(i));
    for (int i = 0; i < changes; ++i) inputs.changes.push_back(Change(i + 1));
    for (int i = 0; i < incidents; ++i) inputs.incidents.push_back(Incident(i));
    return inputs;
  }

  DerivePolicies Policies() {
    DerivePolicies policies;
    policies.finish_synced = Chance();
    policies.follow_cherry_picks = Chance();
    policies.pushes_are_changes = Chance();
    policies.roll_out = static_cast<DerivePolicies::RollOut>(Below(3));
    if (Chance()) policies.degraded_after = absl::Minutes(1 + Below(60));
    if (Chance()) policies.environment = "staging";
    if (policies.roll_out == DerivePolicies::RollOut::kLast) policies.as_of = Time();
    return policies;
  }

  int Below(int n) { return data_.ConsumeIntegralInRange<int>(0, n - 1); }
  bool Chance() { return data_.ConsumeBool(); }
  // Few different times, so that many are equal.
  absl::Time Time() { return kBegin + absl::Hours(7 * Below(40)); }

 private:
  static std::string Sha(int i) { return absl::StrFormat("%040x", i + 1); }
  std::string AnySha() { return Sha(Below(12)); }
  std::optional<absl::Time> Maybe() { return Chance() ? std::optional<absl::Time>(Time()) : std::nullopt; }
  static ObjectKey Key(char kind, int i) {
    ObjectKey key;
    key.bytes[0] = static_cast<uint8_t>(kind);
    key.bytes[15] = static_cast<uint8_t>(i);
    return key;
  }

  void AddCommit(CommitGraph* graph) {
    CommitFact commit;
    commit.sha = AnySha();
    const bool known = graph->Has(commit.sha);
    for (int parents = Below(4); parents > 0; --parents) commit.parents.push_back(AnySha());
    commit.authored = Time();
    commit.committed = Time();
    if (Chance()) commit.paths = std::vector<std::string>{Chance() ? "a/x" : "b/x"};
    if (Chance()) commit.reverts = {AnySha()};
    if (Chance()) commit.cherry_picked_from = {AnySha()};
    const size_t present = graph->present();
    Promise(graph->Add(commit), "an object id is added");
    Promise(graph->present() == present + (known ? 0 : 1), "a commit is added once");
    Promise(known || graph->Parents(graph->Find(commit.sha)).size() == commit.parents.size(),
            "a commit has its parents");
  }

  static void CheckGraph(const CommitGraph& graph) {
    for (CommitGraph::Node node = 0; node < graph.size(); ++node) {
      Promise(graph.Find(graph.Sha(node)) == node, "a commit is found by its id");
      Promise(graph.IsAncestor(node, node), "a commit is its own ancestor");
      for (const CommitGraph::Node parent : graph.Parents(node)) {
        Promise(graph.IsAncestor(parent, node), "a parent is an ancestor");
        for (const CommitGraph::Node grandparent : graph.Parents(parent)) {
          Promise(graph.IsAncestor(grandparent, node), "ancestry is transitive");
        }
      }
    }
  }

  DeploymentFact Deployment(int i) {
    DeploymentFact fact;
    fact.key = Key('d', i);
    fact.source = "ci";
    fact.source_key = absl::StrCat("run-", i);
    const bool staging = Below(6) == 0;
    fact.environment = staging ? "staging" : "prod";
    fact.tier = staging ? Tier::kStaging : Tier::kProduction;
    fact.stream = Chance() ? "eu" : "us";
    fact.repository = kRepository;
    if (Below(8) != 0) fact.source_revision = AnySha();
    if (Chance()) fact.config_revision = absl::StrCat("c", Below(3));
    if (Chance()) fact.images = {absl::StrCat("image:", Below(3))};
    fact.phase = static_cast<Phase>(1 + Below(3));
    fact.effect = static_cast<Effect>(Below(3));
    fact.synced = fact.phase == Phase::kPending ? absl::InfiniteFuture() : Time();
    fact.started = Chance() ? Time() : absl::InfinitePast();
    fact.healthy = Maybe();
    fact.degraded = Maybe();
    return fact;
  }

  ChangeFact Change(int number) {
    ChangeFact fact;
    fact.repository = kRepository;
    fact.number = number;
    fact.opened = Maybe();
    fact.first_authored = Maybe();
    fact.first_review = Maybe();
    fact.merged = Time();
    if (Below(8) != 0) fact.merge_commit = AnySha();
    if (Chance()) fact.commits = {AnySha(), AnySha()};
    if (Chance()) fact.cherry_picks = {AnySha()};
    fact.bot = Chance();
    fact.hotfix = Below(4) == 0;
    if (Chance()) fact.reverts_numbers = {1 + Below(8)};
    if (Chance()) fact.reverts_shas = {AnySha()};
    fact.touches_entity = Below(4) != 0;
    return fact;
  }

  IncidentFact Incident(int i) {
    IncidentFact fact;
    fact.key = Key('i', i);
    fact.source = "pager";
    fact.incident_id = absl::StrCat("P", i);
    fact.opened = Maybe();
    absl::Time at = Time();
    for (int resolutions = Below(3); resolutions > 0; --resolutions) {
      const absl::Time resolved = at + absl::Hours(1 + Below(9));
      at = resolutions == 1 && Chance() ? absl::InfiniteFuture() : resolved + absl::Hours(1);
      fact.resolutions.push_back({resolved, at});
    }
    fact.cause = static_cast<Cause>(Below(3));
    if (Chance()) fact.caused_by = {Link()};
    if (Chance()) fact.remedied_by = {Link()};
    return fact;
  }

  IncidentLink Link() {
    const int kind = Below(3);
    if (kind == 0) return Key('d', Below(14));
    if (kind == 1) return CommitRef{kRepository, AnySha()};
    return ChangeRef{kRepository, 1 + Below(9)};
  }

  FuzzedDataProvider& data_;
};

// What the catalog's rates are over counts of, and the stages of every change that shipped.
void CheckMeasures(const EntityRows& rows, const Window& window, const ReadPolicies& policies) {
  const EntityRows* one = &rows;
  for (const Value& value : Evaluate(Rows(&one, 1), window, policies)) {
    Promise(value.n >= 0 && value.count >= 0, "counts are not negative");
    if (!value.value.has_value()) continue;
    Promise(std::isfinite(*value.value) && *value.value >= 0, "a number is finite and not negative");
    if (value.metric != MetricId::kChangeFailRate && value.metric != MetricId::kDeploymentReworkRate) continue;
    Promise(*value.value <= 1 && value.count <= value.n, "a rate is at most one");
  }
  EvaluateCoverage(Rows(&one, 1), window, policies);
  const absl::Time next = NextCrossing(Rows(&one, 1), window.as_of, 30, window.zone);
  Promise(next > window.as_of, "the next change of a sliding window lies ahead");
}

void CheckStages(const EntityRows& rows) {
  for (const ChangeRow& change : rows.changes) {
    const bool shipped = change.shipped != absl::InfiniteFuture();
    Promise(shipped == (change.shipped_by != ObjectKey()), "what ships has a time");
    if (!shipped || !change.first_authored.has_value() || change.shipped < *change.first_authored) continue;
    const Stages stages = StagesOf(change);
    const double parts[] = {stages.coding.value_or(0), stages.pickup.value_or(0), stages.review, stages.deploy};
    double sum = 0;
    for (const double part : parts) {
      Promise(part >= 0, "a stage is not negative");
      sum += part;
    }
    const double lead = absl::ToDoubleSeconds(change.shipped - *change.first_authored);
    Promise(std::abs(sum - lead) < 1e-6 || !stages.coding.has_value(), "stages sum to the lead time");
  }
}

void Reverse(EntityInputs* inputs) {
  std::reverse(inputs->deployments.begin(), inputs->deployments.end());
  std::reverse(inputs->changes.begin(), inputs->changes.end());
  std::reverse(inputs->incidents.begin(), inputs->incidents.end());
}

void CheckEntity(FuzzedDataProvider* data) {
  World world(data);
  EntityInputs inputs = world.Build();
  const DerivePolicies policies = world.Policies();
  const EntityRows rows = Derive(inputs, policies);
  Promise(rows.deployments.size() == inputs.deployments.size(), "every deployment has a row");
  Reverse(&inputs);
  Promise(Derive(inputs, policies) == rows, "the order of facts changes nothing");

  Window window;
  window.as_of = window.end = world.Time() + absl::Hours(1);
  window.zone = absl::UTCTimeZone();
  window.days = 1 + world.Below(60);
  window.start = MinusCivilDays(window.end, static_cast<int>(window.days), window.zone);
  ReadPolicies read;
  read.first_deployment_all = world.Chance();
  read.exclude_bots = world.Chance();
  read.explicit_incidents_only = world.Chance();
  CheckMeasures(rows, window, read);
  CheckStages(rows);
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider provider(data, size);
  headway::CheckEntity(&provider);
  return 0;
}
