// Findings about deployments: whose nobody knows, where nobody knows, of which commit nobody knows, and those that nobody saw.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/doctor_findings.h"
#include "services/cli/yaml_snippet.h"

namespace headway {
namespace {

using Level = Finding::Level;
using Steps = std::vector<Finding::Step>;

// Of each kind so many are spelt out; the rest is counted.
constexpr int kSpeltOut = 3;

bool IsArgoCd(absl::string_view source) { return absl::StartsWith(source, "argocd:"); }

std::string Many(int64_t n, absl::string_view one, absl::string_view more) {
  return absl::StrCat(n, " ", n == 1 ? one : more);
}
std::string Deployments(int64_t n) { return Many(n, "deployment", "deployments"); }

std::string Share(int64_t part, int64_t all) {
  // Never 100 % while some is missing.
  return absl::StrFormat("%d %%", all == 0 ? 0 : static_cast<int>(100 * part / all));
}

// "and 4 more: ..." where not all are spelt out.
void SayOfRest(int64_t all, absl::string_view command, Finding* finding) {
  if (all > kSpeltOut)
    finding->steps.push_back(
        {absl::StrCat("And ", all - kSpeltOut, " more; all of them:"), absl::StrCat(command, "\n")});
}

// Whether an entity claims it already, and it takes something else than one more that does.
bool IsClaimed(const v1::UnmappedStream& stream) {
  return !stream.next_step().empty() && !absl::StartsWith(stream.next_step(), "add ") &&
         !absl::StartsWith(stream.next_step(), "let ");
}

Steps StepsForUnmapped(const v1::UnmappedStream& stream) {
  Steps steps;
  if (IsClaimed(stream)) {
    std::string sentence = Printable(stream.next_step());
    sentence[0] = absl::ascii_toupper(sentence[0]);
    steps.push_back({absl::StrCat(sentence, "."), ""});
    return steps;
  }
  // Annotations go by the name that an Application was declared with.
  if (IsArgoCd(stream.source()) && !stream.name().empty()) {
    steps.push_back({"On the entity that it deploys, in its catalog-info.yaml:",
                     absl::StrCat("metadata:\n  annotations:\n    argocd/app-name: ", YamlText(stream.name()), "\n")});
    steps.push_back({"Or on the Application itself:",
                     "metadata:\n  annotations:\n    headway.dev/entity-ref: component:default/NAME\n"});
    return steps;
  }
  steps.push_back({"In Headway's configuration:",
                   absl::StrCat("mapping:\n  - id: ", RuleId(stream.stream()), "\n    where:\n      source: ",
                                YamlExpression(stream.source()), "\n      stream: ", YamlExpression(stream.stream()),
                                "\n    entity: component:default/NAME\n")});
  steps.push_back({"Or let the source name the entity in its deployments (entityRef).", ""});
  return steps;
}

void Unmapped(const v1::GetCoverageResponse& coverage, std::vector<Finding>* out) {
  const int shown = std::min(coverage.unmapped_size(), kSpeltOut);
  for (int i = 0; i < shown; ++i) {
    const v1::UnmappedStream& stream = coverage.unmapped(i);
    Finding finding{Level::kTodo,
                    "unmapped",
                    absl::StrCat(stream.source(), " ", stream.stream()),
                    absl::StrCat(Printable(stream.stream()), " of ", Printable(stream.source()),
                                 " belongs to no entity: ", Deployments(stream.deployments()), " in no number"),
                    Printable(stream.reason()),
                    StepsForUnmapped(stream)};
    if (i + 1 == shown) SayOfRest(coverage.unmapped_streams(), "headway coverage --limit 1000", &finding);
    out->push_back(std::move(finding));
  }
}

void WithoutTier(const v1::GetCoverageResponse& coverage, std::vector<Finding>* out) {
  const int all = coverage.environments_without_tier_size();
  if (all == 0) return;
  int64_t deployments = 0;
  std::string lines = "environments:\n";
  std::set<std::string> ids;
  for (int i = 0; i < all; ++i) {
    const v1::EnvironmentWithoutTier& environment = coverage.environments_without_tier(i);
    deployments += environment.deployments();
    if (i >= kSpeltOut) continue;
    std::string id = RuleId(environment.environment());
    for (int n = 2; !ids.insert(id).second; ++n) id = absl::StrCat(RuleId(environment.environment()), "-", n);
    absl::StrAppend(&lines, "  - id: ", id, "\n    match: ", YamlText(environment.environment()),
                    "\n    tier: production   # or staging, testing, development, none\n");
  }
  Finding finding{Level::kTodo,
                  "environments",
                  "",
                  absl::StrCat(Many(all, "environment is", "environments are"),
                               " in no tier: ", Deployments(deployments), " in no number"),
                  "Measures are over tier production, and nothing is guessed to be it.",
                  {{"In Headway's configuration, for each of them (`where` takes many at once):", lines}}};
  SayOfRest(all, "headway coverage --limit 1000", &finding);
  out->push_back(std::move(finding));
}

std::string ArtefactLines(absl::string_view image) {
  return absl::StrCat("headway artefact ", ShellText(image),
                      " --repository HOST/OWNER/NAME --revision \"$(git rev-parse HEAD)\"\n");
}

void Unresolved(const v1::GetCoverageResponse& coverage, std::vector<Finding>* out) {
  const int64_t missing = coverage.deployments() - coverage.deployments_with_source_commit();
  if (coverage.deployments() == 0) return;
  if (missing <= 0) {
    out->push_back(
        {Level::kFine,
         "commits",
         "",
         absl::StrCat("the source commit of all ", Deployments(coverage.deployments()), " to production is known"),
         "",
         {}});
    return;
  }
  for (const v1::UnresolvedReason& reason : coverage.unresolved()) {
    Finding finding{
        Level::kTodo,
        "commits",
        reason.example(),
        absl::StrCat("the source commit of ", Deployments(reason.deployments()), " to production is not known",
                     reason.reason().empty() ? "" : absl::StrCat(": ", Printable(reason.reason()))),
        reason.example().empty() ? "" : absl::StrCat("For example of the image ", Printable(reason.example()), "."),
        {}};
    if (reason.example().empty()) {
      finding.steps.push_back({"Let the source name the commit (sourceRevision), or the images that it runs.", ""});
      finding.steps.push_back(
          {"Or, where manifests were synced, give a clone of their repository; what was deployed already is healed:",
           "headway import manifests PATH\n"});
    } else {
      finding.steps.push_back(
          {"In the pipeline that builds the image, after it was pushed; what was deployed already is healed:",
           ArtefactLines(reason.example())});
      finding.steps.push_back(
          {"Or, where tags carry the commit, in Headway's configuration:",
           "image_tags:\n  - id: sha-tags\n    tag: '(?:main-|sha-)?(?P<commit>[0-9a-f]{7,40})'\n"});
    }
    out->push_back(std::move(finding));
  }
  if (coverage.unresolved().empty()) {
    out->push_back({Level::kTodo,
                    "commits",
                    "",
                    absl::StrCat("the source commit of ", Deployments(missing), " to production is not known"),
                    "",
                    {{"See which, and why:", "headway coverage\n"}}});
  }
}

void Gaps(const v1::GetCoverageResponse& coverage, std::vector<Finding>* out) {
  std::map<std::string, int64_t> missed;
  for (const v1::SourceCoverage& source : coverage.sources()) {
    if (source.missed_at_least() > 0) missed[source.source()] += source.missed_at_least();
  }
  for (const auto& [source, count] : missed) {
    Finding finding{Level::kTodo, "gaps",
                    source,       absl::StrCat(Printable(source), " has missed ", Deployments(count), " at least"),
                    "",           {}};
    for (const v1::DeploymentGap& gap : coverage.gaps()) {
      if (gap.source() != source) continue;
      finding.detail = absl::StrCat("The latest: ", Deployments(gap.at_least()), " of ", Printable(gap.stream()),
                                    " before ", MomentText(gap.until(), coverage.at()), ".");
      break;
    }
    if (IsArgoCd(source)) {
      finding.steps.push_back(
          {"Let Argo CD keep more of its history than is deployed while the watcher may be away (default 10), in each "
           "Application:",
           "spec:\n  revisionHistoryLimit: 50\n"});
      finding.steps.push_back({"And run two watchers: two see no more than one, and one is always there.",
                               "kubectl scale deployment headway-argocd-watcher --replicas 2\n"});
    } else {
      finding.steps.push_back({"Keep the source running; what nobody saw is not made up.", ""});
    }
    out->push_back(std::move(finding));
  }
}

}  // namespace

void DiagnoseDeployments(const DoctorInput& input, std::vector<Finding>* out) {
  const v1::GetCoverageResponse& coverage = input.coverage;
  Unmapped(coverage, out);
  WithoutTier(coverage, out);
  Unresolved(coverage, out);
  Gaps(coverage, out);
  if (coverage.changes_merged() == 0) return;
  out->push_back({Level::kFine,
                  "changes",
                  "",
                  absl::StrCat(coverage.changes_shipped(), " of ",
                               Many(coverage.changes_merged(), "merged change has", "merged changes have"),
                               " shipped (", Share(coverage.changes_shipped(), coverage.changes_merged()), ")"),
                  "",
                  {}});
}

}  // namespace headway
