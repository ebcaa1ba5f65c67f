#include "aggregator/projection/fold.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "aggregator/projection/deployment_knowledge.h"
#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/payload_winner.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

using google::protobuf::RepeatedPtrField;
using google::protobuf::Timestamp;

template <typename M>
std::optional<absl::Time> TimeIf(const M& message, bool (M::*has)() const, const Timestamp& (M::*get)() const) {
  if (!(message.*has)()) return std::nullopt;
  return ToTime((message.*get)());
}

std::vector<std::string> ToVector(const RepeatedPtrField<std::string>& list) { return {list.begin(), list.end()}; }

void SortUnique(std::vector<std::string>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::vector<std::string> NormalisedRefs(const RepeatedPtrField<std::string>& list) {
  std::vector<std::string> refs;
  for (const std::string& ref : list) {
    if (auto normalised = NormaliseEntityRef(ref)) refs.push_back(*std::move(normalised));
  }
  SortUnique(refs);
  return refs;
}

bool DeploymentLess(const ParsedPayload& a, const ParsedPayload& b) {
  const auto rank = [](const ParsedPayload& p) {
    const v1::Deployment& seen = p.observation.deployment();
    return std::make_tuple(seen.phase() != v1::Deployment::PENDING, seen.version());
  };
  return std::make_tuple(rank(a), a.hash) < std::make_tuple(rank(b), b.hash);
}

// The greatest, with what the others know besides: of these the greater ones first.
v1::Deployment Completed(std::vector<ParsedPayload>& all) {
  std::sort(all.begin(), all.end(),
            [](const ParsedPayload& a, const ParsedPayload& b) { return DeploymentLess(b, a); });
  v1::Deployment known = all[0].observation.deployment();
  for (size_t i = 1; i < all.size(); ++i) {
    const v1::Deployment& other = all[i].observation.deployment();
    if (KnowsOfTheSame(other, known)) AddKnowledge(other, &known);
  }
  return known;
}

RevisionClues CluesOf(const v1::Deployment& seen) {
  RevisionClues clues;
  for (const v1::SyncedSource& synced : seen.synced())
    clues.synced.push_back({synced.repository(), synced.revision(), synced.chart(), synced.path()});
  if (seen.has_rendered_from())
    clues.rendered_from = CommitRef{seen.rendered_from().repository(), seen.rendered_from().sha()};
  return clues;
}

bool IsHotfix(const v1::Change& change) {
  if (absl::StartsWith(change.head_branch(), "hotfix/") || absl::StartsWith(change.head_branch(), "hotfix-"))
    return true;
  return std::any_of(change.labels().begin(), change.labels().end(),
                     [](const std::string& label) { return absl::EqualsIgnoreCase(label, "hotfix"); });
}

}  // namespace

FoldedDeployment FoldDeployment(Payloads payloads) {
  std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kDeployment);
  FoldedDeployment folded;
  if (all.empty()) return folded;
  const v1::Deployment seen = Completed(all);
  const std::string& source = all[0].observation.source();
  folded.exists = !seen.withdrawn() && seen.effect() != v1::Deployment::DRY_RUN;
  folded.raw_environment = seen.environment();
  folded.own_entity_ref = NormaliseEntityRef(seen.entity_ref()).value_or("");

  DeploymentFact& fact = folded.fact;
  fact.key = DeploymentKey(source, seen.key());
  fact.source = source;
  fact.source_key = seen.key();
  fact.environment = seen.environment();
  fact.stream = seen.stream();
  fact.repository = seen.repository();
  fact.source_revision = seen.source_revision();
  fact.config_revision = seen.config_revision();
  fact.images = ToVector(seen.images());
  SortUnique(fact.images);
  const bool pending = seen.phase() == v1::Deployment::PENDING;
  fact.started = seen.has_started_at() ? ToTime(seen.started_at()) : absl::InfinitePast();
  fact.synced = pending || !seen.has_finished_at() ? absl::InfiniteFuture() : ToTime(seen.finished_at());
  fact.healthy = TimeIf(seen, &v1::Deployment::has_healthy_at, &v1::Deployment::healthy_at);
  fact.degraded = TimeIf(seen, &v1::Deployment::has_degraded_at, &v1::Deployment::degraded_at);
  fact.phase = static_cast<Phase>(seen.phase());
  fact.effect = static_cast<Effect>(seen.effect() == v1::Deployment::DRY_RUN ? 0 : seen.effect());
  fact.automated = seen.automated();
  fact.revision_evidence = seen.revision_evidence();
  if (!fact.source_revision.empty()) fact.found_by = FoundBy::kReported;
  if (seen.has_sequence()) fact.sequence = seen.sequence();
  folded.clues = CluesOf(seen);
  folded.mapped_at = pending ? fact.started : fact.synced;
  return folded;
}

FoldedChange FoldChange(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kChange);
  const ParsedPayload* winner = WinningPayload(all, [](const v1::Observation& o) {
    return std::make_tuple(o.change().has_merged_at(), ToTime(o.change().updated_at()));
  });
  FoldedChange folded;
  if (winner == nullptr) return folded;
  const v1::Change& seen = winner->observation.change();
  folded.exists = true;
  folded.merged = seen.has_merged_at();
  folded.updated = ToTime(seen.updated_at());
  if (seen.has_paths()) folded.paths = ToVector(seen.paths().paths());

  ChangeFact& fact = folded.fact;
  fact.repository = seen.repository();
  fact.number = seen.number();
  fact.opened = TimeIf(seen, &v1::Change::has_opened_at, &v1::Change::opened_at);
  fact.first_authored = TimeIf(seen, &v1::Change::has_first_commit_authored_at, &v1::Change::first_commit_authored_at);
  fact.first_review = TimeIf(seen, &v1::Change::has_first_review_at, &v1::Change::first_review_at);
  fact.merged = folded.merged ? ToTime(seen.merged_at()) : absl::InfiniteFuture();
  fact.merge_commit = seen.merge_commit_sha();
  fact.commits = ToVector(seen.commit_shas());
  fact.cherry_picks = ToVector(seen.cherry_pick_shas());
  fact.bot = seen.bot();
  fact.hotfix = IsHotfix(seen);
  fact.reverts_numbers.assign(seen.reverts_numbers().begin(), seen.reverts_numbers().end());
  fact.reverts_shas = ToVector(seen.reverts_shas());
  return folded;
}

ImageTagRuleFact FoldImageTagRule(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kImageTagRule);
  const ParsedPayload* winner =
      WinningPayload(all, [](const v1::Observation& o) { return o.image_tag_rule().version(); });
  ImageTagRuleFact fact;
  if (winner == nullptr) return fact;
  const v1::ImageTagRule& seen = winner->observation.image_tag_rule();
  fact.exists = true;
  fact.source = winner->observation.source();
  fact.id = seen.id();
  fact.order = seen.order();
  fact.image = seen.image();
  fact.tag = seen.tag();
  fact.deleted = seen.deleted();
  return fact;
}

ArtefactFact FoldArtefact(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kArtefact);
  ArtefactFact fact;
  if (all.empty()) return fact;
  // Observations of one natural key differ in nothing but who reports.
  const v1::Artefact& seen = all[0].observation.artefact();
  fact.exists = true;
  fact.image = {NormaliseImageRepository(seen.image()), seen.tag(), seen.digest()};
  fact.repository = seen.repository();
  fact.revision = seen.revision();
  fact.published_at = ToTime(seen.published_at());
  return fact;
}

StreamMappingFact FoldStreamMapping(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kStreamMapping);
  const ParsedPayload* winner =
      WinningPayload(all, [](const v1::Observation& o) { return o.stream_mapping().version(); });
  StreamMappingFact fact;
  if (winner == nullptr) return fact;
  const v1::StreamMapping& seen = winner->observation.stream_mapping();
  fact.exists = true;
  fact.source = winner->observation.source();
  fact.id = seen.id();
  fact.stream = seen.stream();
  fact.entity_ref = NormaliseEntityRef(seen.entity_ref()).value_or("");
  fact.since = seen.has_since() ? ToTime(seen.since()) : absl::InfinitePast();
  fact.deleted = seen.deleted();
  return fact;
}

EnvironmentRuleFact FoldEnvironmentRule(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kEnvironmentRule);
  const ParsedPayload* winner =
      WinningPayload(all, [](const v1::Observation& o) { return o.environment_rule().version(); });
  EnvironmentRuleFact fact;
  if (winner == nullptr) return fact;
  const v1::EnvironmentRule& seen = winner->observation.environment_rule();
  fact.exists = true;
  fact.id = seen.id();
  fact.match = seen.match();
  fact.name = seen.name();
  fact.tier = static_cast<Tier>(seen.tier());
  fact.deleted = seen.deleted();
  fact.order = seen.order();
  if (seen.has_where()) fact.where = SelectorOf(seen.where());
  return fact;
}

SourceStatusFact FoldSourceStatus(Payloads payloads) {
  const std::vector<ParsedPayload> all = ParsePayloads(payloads, v1::Observation::kSourceStatus);
  const ParsedPayload* winner = WinningPayload(all, [](const v1::Observation& o) {
    const v1::SourceStatus& status = o.source_status();
    return ToTime(status.has_reported_at() ? status.reported_at() : status.complete_until());
  });
  SourceStatusFact fact;
  if (winner == nullptr) return fact;
  const v1::SourceStatus& seen = winner->observation.source_status();
  fact.exists = true;
  fact.source = winner->observation.source();
  fact.covers = seen.covers();
  // What was reported stays reported, also where a source that has started anew does not know how far it had come.
  fact.complete_until = ToTime(seen.complete_until());
  for (const ParsedPayload& one : all) {
    fact.complete_until = std::max(fact.complete_until, ToTime(one.observation.source_status().complete_until()));
  }
  fact.entity_refs = NormalisedRefs(seen.entity_refs());
  return fact;
}

}  // namespace headway
