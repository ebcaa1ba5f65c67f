#include "absl/strings/str_cat.h"
#include "aggregator/metrics/answer.h"
#include "aggregator/metrics/evidence.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

PositionedEvidence StartChange(const ChangeRow& row, absl::Time at) {
  PositionedEvidence out;
  out.position = {absl::ToUnixMicros(at), absl::StrCat(row.repository, "\n", row.number, "\n", row.merge_commit)};
  *out.evidence.mutable_at() = ToTimestamp(at);
  v1::ExplainedChange* change = out.evidence.mutable_change();
  change->set_repository(row.repository);
  change->set_number(row.number);
  change->set_merge_commit_sha(row.merge_commit);
  if (row.first_authored.has_value()) *change->mutable_first_commit_authored_at() = ToTimestamp(*row.first_authored);
  *change->mutable_merged_at() = ToTimestamp(row.merged);
  return out;
}

std::string WhyShipped(const ChangeRow& row, const ExplainInput& input, const FactIndex& facts) {
  const DeploymentFact* deployment = facts.Deployment(row.shipped_by);
  const absl::string_view revision = deployment == nullptr ? "" : absl::string_view(deployment->source_revision);
  return absl::StrCat(
      "ships with ", facts.NameDeployment(row.shipped_by), ": the first counted deployment from whose revision ",
      revision, " its merge commit ", row.merge_commit,
      input.derive.follow_cherry_picks ? ", or a cherry-pick of it, can be reached" : " can be reached");
}

// Empty: it has a lead time.
std::string WhyNoLeadTime(const ChangeRow& row, const ExplainInput& input) {
  if (row.baseline && !input.read.first_deployment_all) {
    return "contained in the earliest known deployment: not attributed with policy first_deployment = none";
  }
  if (row.bot && input.read.exclude_bots) return "made by a program: left out with policy bots = excluded";
  if (!row.first_authored.has_value()) return "its first commit is not known";
  if (row.shipped < *row.first_authored) return "its first commit is dated after the deployment that shipped it";
  return "";
}

void FillStages(const ChangeRow& row, v1::ExplainedChange* out) {
  const Stages stages = StagesOf(row);
  if (stages.coding.has_value()) out->set_coding_seconds(*stages.coding);
  if (stages.pickup.has_value()) out->set_pickup_seconds(*stages.pickup);
  out->set_review_seconds(stages.review);
  out->set_deploy_seconds(stages.deploy);
}

std::vector<PositionedEvidence> LeadTimes(const ExplainInput& input, const FactIndex& facts) {
  std::vector<PositionedEvidence> all;
  for (const ChangeRow& row : input.rows->changes) {
    if (row.shipped_by == ObjectKey() || !InWindow(input.window, row.shipped)) continue;
    all.push_back(StartChange(row, row.shipped));
    v1::Evidence& evidence = all.back().evidence;
    *evidence.mutable_change()->mutable_shipped_by() = facts.Describe(row.shipped_by);
    evidence.add_because(WhyShipped(row, input, facts));
    if (const std::string left_out = WhyNoLeadTime(row, input); !left_out.empty()) {
      evidence.set_left_out(left_out);
      continue;
    }
    evidence.set_value(absl::ToDoubleSeconds(row.shipped - *row.first_authored));
    FillStages(row, evidence.mutable_change());
  }
  return all;
}

std::string WhyNoReviewTime(const ChangeRow& row) {
  if (!row.opened.has_value()) return "when it was opened is not known";
  if (!row.first_review.has_value()) return "no review is known";
  if (*row.first_review >= row.merged) return "it was reviewed only after its merge";
  if (*row.first_review < *row.opened) return "its first review is dated before its opening";
  return "";
}

std::vector<PositionedEvidence> ReviewTimes(const ExplainInput& input) {
  std::vector<PositionedEvidence> all;
  for (const ChangeRow& row : input.rows->changes) {
    // A commit that was pushed directly is nothing that could have been reviewed.
    if (row.number == 0 || !InWindow(input.window, row.merged)) continue;
    all.push_back(StartChange(row, row.merged));
    v1::Evidence& evidence = all.back().evidence;
    if (const std::string left_out = WhyNoReviewTime(row); !left_out.empty()) {
      evidence.set_left_out(left_out);
      continue;
    }
    evidence.set_value(absl::ToDoubleSeconds(*row.first_review - *row.opened));
    evidence.add_because(
        absl::StrCat("opened ", FormatInstant(*row.opened), ", first reviewed ", FormatInstant(*row.first_review)));
  }
  return all;
}

}  // namespace

std::vector<PositionedEvidence> ChangeEvidence(const ExplainInput& input, const FactIndex& facts) {
  return input.metric == MetricId::kReviewTime ? ReviewTimes(input) : LeadTimes(input, facts);
}

}  // namespace headway
