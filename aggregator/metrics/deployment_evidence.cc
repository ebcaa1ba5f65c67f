#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "aggregator/metrics/evidence.h"
#include "aggregator/metrics/holds.h"

namespace headway {
namespace {

using Reasons = absl::flat_hash_map<ObjectKey, std::vector<std::string>>;  // by roll-out

// "its member X " where the counted deployment stands for others.
std::string MemberPrefix(const ObjectKey& member, const FactIndex& facts, const ObjectKey& roll_out) {
  const DeploymentRow* counted = facts.CountedMember(roll_out);
  if (counted == nullptr || counted->key == member) return "";
  return absl::StrCat("of the same roll-out, ", facts.NameDeployment(member), ": ");
}

Reasons FailureReasons(const ExplainInput& input, const FactIndex& facts) {
  Reasons reasons;
  for (const FailureSpan& span : FailureSpans(*input.rows, input.window.as_of, input.read)) {
    for (const FailureRow* row : span.evidence) {
      reasons[span.roll_out].push_back(
          absl::StrCat(MemberPrefix(row->deployment, facts, span.roll_out), WhyFailed(*row, input, facts)));
    }
  }
  return reasons;
}

std::string WhyRework(const ReworkRow& row) {
  switch (row.reason) {
    case ReworkReason::kRollback:
      return "unplanned: it is a rollback";
    case ReworkReason::kHotfix:
      return absl::StrCat("unplanned: it ships the hotfix ", row.detail);
    case ReworkReason::kRevert:
      return absl::StrCat("unplanned: it ships the revert ", row.detail, " of something that ran before");
    case ReworkReason::kRemedy:
      return absl::StrCat("unplanned: it is named as the remedy of incident ", row.detail);
  }
  return "";
}

Reasons ReworkReasons(const ExplainInput& input, const FactIndex& facts) {
  Reasons reasons;
  for (const ReworkRow& row : input.rows->rework) {
    if (!Holds(row, input.window.as_of, input.read)) continue;
    reasons[row.roll_out].push_back(absl::StrCat(MemberPrefix(row.deployment, facts, row.roll_out), WhyRework(row)));
  }
  return reasons;
}

std::string WhyLeftOut(const DeploymentRow& row, const ExplainInput& input, const FactIndex& facts) {
  if (row.failed_attempt) return "a failed attempt: it was not applied";
  if (row.kind == Kind::kNotCounted) return "what it deploys is other streams: its source says that it is not counted";
  if (!IsCounted(row.kind)) return absl::StrCat("applied nothing that differs (", KindName(row.kind), ")");
  const DeploymentRow* counted = facts.CountedMember(row.roll_out);
  if (counted != nullptr) return absl::StrCat("part of a roll-out that counts at ", facts.NameDeployment(counted->key));
  if (input.derive.roll_out == DerivePolicies::RollOut::kFirst) {
    return absl::StrCat("part of a roll-out that counts at ", facts.NameDeployment(row.roll_out));
  }
  return input.derive.roll_out == DerivePolicies::RollOut::kLast ? "its roll-out is not complete"
                                                                 : "its roll-out does not count";
}

PositionedEvidence Listed(const DeploymentRow& row, const FactIndex& facts) {
  PositionedEvidence out = StartEvidence(row.key, row.finished);
  *out.evidence.mutable_deployment() = facts.Describe(row.key);
  return out;
}

std::vector<PositionedEvidence> FailedAttempts(const ExplainInput& input, const FactIndex& facts) {
  std::vector<PositionedEvidence> all;
  for (const DeploymentRow& row : input.rows->deployments) {
    if (!row.in_scope || !row.failed_attempt || !InWindow(input.window, row.finished)) continue;
    all.push_back(Listed(row, facts));
    all.back().evidence.set_value(1);
  }
  return all;
}

}  // namespace

std::vector<PositionedEvidence> DeploymentEvidence(const ExplainInput& input, const FactIndex& facts) {
  if (input.metric == MetricId::kFailedAttempts) return FailedAttempts(input, facts);
  Reasons reasons;
  if (input.metric == MetricId::kChangeFailRate) reasons = FailureReasons(input, facts);
  if (input.metric == MetricId::kDeploymentReworkRate) reasons = ReworkReasons(input, facts);
  std::vector<PositionedEvidence> all;
  for (const DeploymentRow& row : input.rows->deployments) {
    if (!row.in_scope || !InWindow(input.window, row.finished)) continue;
    all.push_back(Listed(row, facts));
    v1::Evidence& evidence = all.back().evidence;
    if (!row.counts) {
      evidence.set_left_out(WhyLeftOut(row, input, facts));
      continue;
    }
    evidence.set_value(1);
    const auto why = reasons.find(row.roll_out);
    if (why == reasons.end()) continue;
    evidence.set_counts(true);
    for (const std::string& sentence : why->second) evidence.add_because(sentence);
  }
  return all;
}

}  // namespace headway
