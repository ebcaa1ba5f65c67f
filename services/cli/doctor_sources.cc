// Findings about sources: what keeps them from seeing everything, and those that are silent.
#include <re2/re2.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/cli/doctor_findings.h"
#include "services/cli/measure_text.h"
#include "services/cli/yaml_snippet.h"

namespace headway {
namespace {

using Level = Finding::Level;
using Steps = std::vector<Finding::Step>;

// A source that hears from what it watches and is further behind than this does not keep up.
constexpr int64_t kBehindSeconds = 3600;

bool IsArgoCd(absl::string_view source) { return absl::StartsWith(source, "argocd:"); }
bool IsCatalog(absl::string_view source) { return absl::StartsWith(source, "catalog:"); }

std::string NameOf(v1::SourceStatus::Covers covers) {
  switch (covers) {
    case v1::SourceStatus::DEPLOYMENTS:
      return "deployments";
    case v1::SourceStatus::CHANGES:
      return "changes";
    case v1::SourceStatus::INCIDENTS:
      return "incidents";
    case v1::SourceStatus::ENTITIES:
      return "entities";
    default:
      return "facts";
  }
}

Steps StepsForForbidden(const std::string& source, const v1::SourceProblem& problem) {
  if (const std::optional<std::string> rule = RbacRuleFor(problem.subject())) {
    const bool in_namespace = absl::StrContains(problem.subject(), " in namespace ");
    return {{absl::StrCat(
                 "Add this rule to the ", in_namespace ? "Role in that namespace" : "ClusterRole",
                 " that is bound to the watcher's service account (deploy/kubernetes/argocd-watcher has it whole):"),
             *rule},
            {"It is taken up within seconds, without a restart.", ""}};
  }
  if (IsCatalog(source)) {
    return {{"Let the token read the catalog, in the portal's app-config.yaml:",
             "backend:\n  auth:\n    externalAccess:\n      - type: static\n        options:\n          token: "
             "${HEADWAY_CATALOG_TOKEN}\n          "
             "subject: headway\n        accessRestrictions:\n          - plugin: catalog\n"}};
  }
  return {{"Give the account that the source uses the right to read what is named above.", ""}};
}

Steps StepsForUnauthenticated(const std::string& source) {
  if (IsCatalog(source)) {
    return {
        {"Put a token that the portal knows (backend.auth.externalAccess) into the file that "
         "catalog.backstage.token_file of Headway's configuration names. "
         "It is read again by itself.",
         ""}};
  }
  if (IsArgoCd(source)) {
    return {{"In the cluster: see that the pod's service account exists, and that its projected token is mounted.",
             "kubectl auth whoami\n"},
            {"With a kubeconfig: renew the token or certificate in the file that argocd.kubeconfig of Headway's "
             "configuration names. It is read again by itself.",
             ""}};
  }
  return {{"Renew the token in the file that the source reads. It is read again by itself.", ""}};
}

Steps StepsForUnreachable(const std::string& source) {
  if (IsArgoCd(source)) {
    return {
        {"See whether the API server answers from where the watcher runs, and whether a network policy or a firewall "
         "lies between.",
         "kubectl get --raw /readyz\n"}};
  }
  return {
      {"See whether it answers from where the source runs: the address in the configuration, name resolution, a proxy, "
       "a firewall.",
       ""}};
}

Steps StepsForNotFound(const std::string& source) {
  if (IsArgoCd(source)) {
    return {
        {"See whether Argo CD's resources are installed in that cluster, and whether the namespaces under "
         "argocd.namespaces are right.",
         "kubectl get crd applications.argoproj.io\nkubectl get applications.argoproj.io --all-namespaces\n"}};
  }
  return {{"See whether the address and the names in the configuration are right.", ""}};
}

Steps StepsFor(const std::string& source, const v1::SourceProblem& problem) {
  switch (problem.code()) {
    case v1::SourceProblem::FORBIDDEN:
      return StepsForForbidden(source, problem);
    case v1::SourceProblem::UNAUTHENTICATED:
      return StepsForUnauthenticated(source);
    case v1::SourceProblem::UNREACHABLE:
      return StepsForUnreachable(source);
    case v1::SourceProblem::NOT_FOUND:
      return StepsForNotFound(source);
    case v1::SourceProblem::THROTTLED:
      return {
          {"It comes back by itself when it may. If that goes on, give the source a higher limit, or let it look less "
           "often.",
           ""}};
    case v1::SourceProblem::INVALID_ANSWER:
      return {
          {"See whether something else answers at that address (a proxy, a login page), and whether its version is one "
           "that Headway supports.",
           ""}};
    case v1::SourceProblem::REJECTED:
      return {
          {"See in the source's log which field was refused. A source that is newer than the server reports what that "
           "does not know: bring the server up to "
           "date first.",
           ""}};
    default:
      return {{"See the source's log.", ""}};
  }
}

// What is said of each kind of problem, and its name in `check`.
std::pair<std::string, std::string> WordsFor(v1::SourceProblem::Code code) {
  switch (code) {
    case v1::SourceProblem::FORBIDDEN:
      return {"source.forbidden", "is not allowed to"};
    case v1::SourceProblem::UNAUTHENTICATED:
      return {"source.unauthenticated", "is not let in; its credentials are not accepted:"};
    case v1::SourceProblem::UNREACHABLE:
      return {"source.unreachable", "cannot reach what it watches:"};
    case v1::SourceProblem::NOT_FOUND:
      return {"source.not_found", "does not find what it watches:"};
    case v1::SourceProblem::THROTTLED:
      return {"source.throttled", "is told to come back later:"};
    case v1::SourceProblem::INVALID_ANSWER:
      return {"source.invalid_answer", "gets answers that it does not understand:"};
    case v1::SourceProblem::REJECTED:
      return {"source.rejected", "reports what is refused:"};
    default:
      return {"source.problem", "has a problem:"};
  }
}

Finding OfProblem(const DoctorInput& input, const v1::SourceCoverage& source, const v1::SourceProblem& problem) {
  const auto [check, words] = WordsFor(problem.code());
  const std::string subject = problem.subject().empty() ? "it does not say what" : problem.subject();
  std::string detail;
  if (problem.has_since()) detail = absl::StrCat("Since ", MomentText(problem.since(), input.coverage.at()), ". ");
  if (!problem.detail().empty()) absl::StrAppend(&detail, "It was answered: ", Printable(problem.detail()));
  return {Level::kTodo,    check,
          source.source(), absl::StrCat(Printable(source.source()), " ", words, " ", Printable(subject)),
          detail,          StepsFor(source.source(), problem)};
}

// The line that takes a source back that will not come again.
std::string RetireLines(const v1::SourceCoverage& source, const google::protobuf::Timestamp& now) {
  const std::string at =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(now.seconds()), absl::UTCTimeZone());
  return absl::StrCat("headway import ndjson - <<'END'\n{\"source\": ", JsonText(source.source()),
                      ", \"sourceStatus\": {\"covers\": \"", v1::SourceStatus::Covers_Name(source.covers()),
                      "\", \"completeUntil\": \"", at, "\", \"reportedAt\": \"", at, "\", \"retired\": true}}\nEND\n");
}

Finding Silent(const DoctorInput& input, const v1::SourceCoverage& source) {
  Steps steps;
  if (IsArgoCd(source.source())) {
    steps.push_back(
        {"See whether the watcher runs, and what it says:",
         "kubectl get pods --all-namespaces -l app.kubernetes.io/name=headway-argocd-watcher\n./headway status\n"});
  } else {
    steps.push_back({"See whether the source runs, and what it says:", "./headway status\n"});
  }
  steps.push_back({"If it is gone for good, say so, and nobody waits for it any more (what it reported stays):",
                   RetireLines(source, input.coverage.at())});
  return {Level::kTodo,
          "source.silent",
          source.source(),
          absl::StrCat(Printable(source.source()), " is silent: ", NameOf(source.covers()), " are not seen"),
          absl::StrCat("It last heard from what it watches at ",
                       MomentText(source.last_contact_at(), input.coverage.at()), "."),
          steps};
}

Finding Behind(const DoctorInput& input, const v1::SourceCoverage& source) {
  return {Level::kTodo,
          "source.behind",
          source.source(),
          absl::StrCat(Printable(source.source()), " is behind: ", NameOf(source.covers()), " are complete until ",
                       MomentText(source.complete_until(), input.coverage.at())),
          "It hears from what it watches, and does not keep up or cannot hand on what it sees.",
          {{"See its log; if observations are refused or the server is too busy, it says so.", ""}}};
}

int64_t Since(const google::protobuf::Timestamp& then, const google::protobuf::Timestamp& now) {
  return now.seconds() - then.seconds();
}

}  // namespace

std::optional<std::string> RbacRuleFor(absl::string_view subject) {
  static const RE2* const pattern =
      new RE2("(get|list|watch) ([a-z0-9-]+)((?:\\.[a-z0-9-]+)*)(?: in namespace ([a-z0-9-]+)| .*)?");
  std::string verb, resource, group, in;
  if (!RE2::FullMatch(std::string(subject), *pattern, &verb, &resource, &group, &in)) return std::nullopt;
  if (!group.empty()) group.erase(0, 1);
  return absl::StrCat("rules:\n  - apiGroups: [\"", group, "\"]\n    resources: [\"", resource,
                      "\"]\n    verbs: [\"list\", \"watch\"]\n");
}

std::string MomentText(const google::protobuf::Timestamp& moment, const google::protobuf::Timestamp& now) {
  const std::string text = HumanTime(moment, absl::UTCTimeZone());
  const int64_t ago = Since(moment, now);
  if (ago < 0) return absl::StrCat(text, " (in the future: the clocks differ)");
  return absl::StrCat(text, " (", HumanSeconds(static_cast<double>(ago), 2), " ago)");
}

void DiagnoseSources(const DoctorInput& input, std::vector<Finding>* out) {
  const v1::GetCoverageResponse& coverage = input.coverage;
  if (coverage.sources().empty()) {
    out->push_back({Level::kTodo,
                    "sources",
                    "",
                    "no source has reported anything yet",
                    "",
                    {{"Bring in a history, or watch an Argo CD:",
                      "headway import git ~/src/my-service --entity component:default/my-service\n"},
                     {"The README says what else there is.", ""}}});
    return;
  }
  int64_t watching = 0;
  const size_t before = out->size();
  for (const v1::SourceCoverage& source : coverage.sources()) {
    for (const v1::SourceProblem& problem : source.problems()) out->push_back(OfProblem(input, source, problem));
    if (!source.has_last_contact_at()) continue;
    ++watching;
    if (Since(source.last_contact_at(), coverage.at()) > absl::ToInt64Seconds(input.silent_after)) {
      out->push_back(Silent(input, source));
    } else if (source.has_complete_until() && source.problems().empty() &&
               Since(source.complete_until(), coverage.at()) > kBehindSeconds) {
      out->push_back(Behind(input, source));
    }
  }
  if (out->size() > before) return;
  out->push_back(
      {Level::kFine,
       "sources",
       "",
       absl::StrCat(coverage.source_count(), coverage.source_count() == 1 ? " source has" : " sources have",
                    " reported; ",
                    watching == 0 ? "none of them watches"
                                  : absl::StrCat(watching, watching == 1 ? " watches, and hears what it watches"
                                                                         : " watch, and hear what they watch")),
       "",
       {}});
}

}  // namespace headway
