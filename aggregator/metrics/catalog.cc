#include "aggregator/metrics/catalog.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregator/metrics/benchmarks.h"

namespace headway {
namespace {

constexpr SourceNeeds kDeployments = {.deployments = true};
constexpr SourceNeeds kDeploymentsAndChanges = {.deployments = true, .changes = true};
constexpr SourceNeeds kChanges = {.changes = true};
constexpr SourceNeeds kIncidents = {.incidents = true};

std::vector<MetricInfo> FlowMetrics() {
  return {
      {MetricId::kDeploymentFrequency,
       "deployment_frequency",
       "Deployment frequency",
       "per_day",
       "Counted deployments (roll-outs over several streams count once) that finished in the window, divided by its "
       "days.",
       false,
       true,
       kDeployments,
       {{"days_per_week", "count",
         "Median number of days with a counted deployment over the whole weeks of the window, cut backwards from its "
         "end. "
         "Absent in a window of fewer than seven days."}}},
      {MetricId::kChangeLeadTime,
       "change_lead_time",
       "Change lead time",
       "seconds",
       "Median time from the first commit of a change to the finish of the deployment that shipped it, over the "
       "changes "
       "that shipped in the window.",
       true,
       false,
       kDeploymentsAndChanges,
       {{"p90", "seconds", "90th percentile of the same times, interpolated."},
        {"merge_to_deploy", "seconds",
         "Median time from merge to the finish of the deployment, also over changes whose first commit is not known."},
        {"coding", "seconds", "Median time from first commit to opening."},
        {"pickup", "seconds",
         "Median time from opening to the first review, over changes reviewed before their merge."},
        {"review", "seconds", "Median time from the first review, or without one from the opening, to the merge."},
        {"deploy", "seconds",
         "Median time from merge to the finish of the deployment. The stages of one change sum to its lead time."}}},
      {MetricId::kChangeFailRate,
       "change_fail_rate",
       "Change fail rate",
       "ratio",
       "Share of the counted deployments of the window that failed: blamed by an incident, replaced by a rollback, or "
       "undone by a "
       "revert that shipped later.",
       true,
       false,
       kDeployments,
       {}},
      {MetricId::kFailedDeploymentRecoveryTime,
       "failed_deployment_recovery_time",
       "Failed deployment recovery time",
       "seconds",
       "Median time from the begin of a deployment's failure to its end, over the failures that began in the window; "
       "those still "
       "open are taken into account as such (Kaplan-Meier).",
       true,
       false,
       kDeployments,
       {}},
      {MetricId::kDeploymentReworkRate,
       "deployment_rework_rate",
       "Deployment rework rate",
       "ratio",
       "Share of the counted deployments of the window that were unplanned: rollbacks, hotfixes, reverts of what ran "
       "before, and "
       "remedies of incidents.",
       true,
       false,
       kDeployments,
       {}},
  };
}

std::vector<MetricInfo> OtherMetrics() {
  return {
      {MetricId::kTimeToRestoreService,
       "time_to_restore_service",
       "Time to restore service",
       "seconds",
       "Median time from opening to resolution of all incidents that opened in the window, whether or not a deployment "
       "caused them; "
       "those still open are taken into account as such (Kaplan-Meier).",
       true,
       false,
       kIncidents,
       {}},
      {MetricId::kFailedAttempts,
       "failed_attempts",
       "Failed attempts",
       "count",
       "Deployments that ended in the window without being applied. They are in no other measure.",
       true,
       true,
       kDeployments,
       {}},
      {MetricId::kOpenIncidents,
       "open_incidents",
       "Open incidents",
       "count",
       "Incidents open at the end of the window, whenever they opened.",
       true,
       true,
       kIncidents,
       {}},
      {MetricId::kReviewTime,
       "review_time",
       "Review time",
       "seconds",
       "Median time from the opening of a change to its first review, over the changes merged in the window that were "
       "reviewed before "
       "their merge.",
       true,
       false,
       kChanges,
       {}},
  };
}

std::vector<PolicyInfo> Policies() {
  return {
      {"first_deployment",
       {"none", "all"},
       "none",
       "Whether what the earliest known deployment contains is attributed to it. \"all\" is for a history that is "
       "complete from its root."},
      {"changes",
       {"pull_requests", "all"},
       "pull_requests",
       "What is a change: merged pull requests, or also commits pushed directly to the deployed branch."},
      {"cherry_picks",
       {"ancestry", "follow"},
       "ancestry",
       "Whether a recognised cherry-pick ships its change, or only its merge commit does."},
      {"bots", {"included", "excluded"}, "included", "Whether changes by programs are in lead time."},
      {"incident_attribution",
       {"inferred", "explicit"},
       "inferred",
       "Which incidents blame a deployment: those without an explicit link by the rule of time too, or only those with "
       "one."},
      {"roll_out",
       {"first", "last", "each"},
       "first",
       "Where a roll-out over several streams counts: at its first deployment, at its last when it is complete, or at "
       "each."},
      {"finish",
       {"healthy", "synced"},
       "healthy",
       "When a deployment is finished: when the application is healthy, where the source reports that, or when it is "
       "applied."},
      {"attribution_window",
       {"duration: above zero, at most 366d"},
       "24h",
       "How long before an incident's opening a deployment may have started to be blamed by the rule of time."},
      {"roll_out_window",
       {"duration: above zero, at most 366d"},
       "24h",
       "How long after its latest member a roll-out of a rollback or redeployment takes in another stream."},
      {"stream_activity",
       {"duration: above zero, at most 366d"},
       "30d",
       "With roll_out=last: a stream is waited for when it had a counted deployment within this before the roll-out "
       "opened."},
      {"degraded_after",
       {"off", "duration: above zero, at most 366d"},
       "off",
       "Health turning degraded within this time of the finish is a failure."},
      {"minimum_events",
       {"whole number: 1 to 1000000"},
       "1",
       "The least number of events with which a measure is given. Counts and frequencies are given with any number."},
  };
}

void Fill(const MetricInfo& info, v1::MetricDefinition* out) {
  out->set_id(info.name);
  out->set_title(info.title);
  out->set_unit(info.unit);
  out->set_definition(info.definition);
  out->set_lower_is_better(info.lower_is_better);
  for (const PartInfo& part : info.parts) {
    auto* p = out->add_parts();
    p->set_name(part.name);
    p->set_unit(part.unit);
    p->set_definition(part.definition);
  }
}

v1::GetMetricCatalogResponse BuildCatalog() {
  v1::GetMetricCatalogResponse catalog;
  for (const MetricInfo& info : AllMetrics()) Fill(info, catalog.add_metrics());
  for (const PolicyInfo& info : AllPolicies()) {
    auto* policy = catalog.add_policies();
    policy->set_name(info.name);
    for (const char* value : info.values) policy->add_values(value);
    policy->set_default_value(info.default_value);
    policy->set_definition(info.definition);
  }
  for (const v1::Benchmark& benchmark : PublishedBenchmarks()) *catalog.add_benchmarks() = benchmark;
  catalog.set_rules_version(kMetricRulesVersion);
  return catalog;
}

}  // namespace

absl::Span<const MetricInfo> AllMetrics() {
  // Never destroyed: answers may be built while the process exits.
  static const auto* metrics = [] {
    auto* all = new std::vector<MetricInfo>(FlowMetrics());
    for (MetricInfo& info : OtherMetrics()) all->push_back(std::move(info));
    return all;
  }();
  return *metrics;
}

const MetricInfo& InfoOf(MetricId id) { return AllMetrics()[static_cast<size_t>(id)]; }

std::optional<MetricId> FindMetric(absl::string_view name) {
  for (const MetricInfo& info : AllMetrics()) {
    if (name == info.name) return info.id;
  }
  return std::nullopt;
}

std::string MetricNames() {
  return absl::StrJoin(AllMetrics(), ", ",
                       [](std::string* out, const MetricInfo& info) { absl::StrAppend(out, info.name); });
}

absl::Span<const PolicyInfo> AllPolicies() {
  static const auto* policies = new std::vector<PolicyInfo>(Policies());
  return *policies;
}

const v1::GetMetricCatalogResponse& MetricCatalog() {
  static const auto* catalog = new v1::GetMetricCatalogResponse(BuildCatalog());
  return *catalog;
}

}  // namespace headway
