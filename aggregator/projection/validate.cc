#include "aggregator/projection/validate.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "aggregator/projection/field_checker.h"
#include "aggregator/projection/validate_manifests.h"
#include "aggregator/projection/validate_mapping.h"

namespace headway {
namespace {

void CheckCommit(const v1::Commit& commit, FieldChecker& check) {
  check.Name("repository", commit.repository());
  check.ObjectId("sha", commit.sha());
  check.ObjectIds("parents", commit.parents(), 64);
  check.RequiredTime("authored_at", commit.has_authored_at(), commit.authored_at());
  check.RequiredTime("committed_at", commit.has_committed_at(), commit.committed_at());
  if (commit.has_paths()) check.Paths("paths.paths", commit.paths());
  check.ObjectIds("reverts", commit.reverts(), kMany);
  check.ObjectIds("cherry_picked_from", commit.cherry_picked_from(), kMany);
}

void CheckChange(const v1::Change& change, FieldChecker& check) {
  check.Name("repository", change.repository());
  if (change.number() < 1) check.Fail("number", "is not 1 or more");
  check.RequiredTime("updated_at", change.has_updated_at(), change.updated_at());
  check.Time("opened_at", change.has_opened_at(), change.opened_at());
  check.Time("ready_for_review_at", change.has_ready_for_review_at(), change.ready_for_review_at());
  check.Time("first_commit_authored_at", change.has_first_commit_authored_at(), change.first_commit_authored_at());
  check.Time("first_commit_committed_at", change.has_first_commit_committed_at(), change.first_commit_committed_at());
  check.Time("first_review_at", change.has_first_review_at(), change.first_review_at());
  check.Time("merged_at", change.has_merged_at(), change.merged_at());
  check.OptionalObjectId("merge_commit_sha", change.merge_commit_sha());
  check.ObjectIds("commit_shas", change.commit_shas(), kCommits);
  check.ObjectIds("cherry_pick_shas", change.cherry_pick_shas(), kCommits);
  check.Names("labels", change.labels(), kMany, kName);
  check.OptionalName("head_branch", change.head_branch());
  check.OptionalName("base_branch", change.base_branch());
  check.OptionalName("author_hash", change.author_hash());
  check.NotNegative("additions", change.additions());
  check.NotNegative("deletions", change.deletions());
  check.NotNegative("changed_files", change.changed_files());
  check.NotNegative("reviews", change.reviews());
  check.Each("reverts_numbers", change.reverts_numbers(), kMany, [&](FieldChecker::ElementName name, int64_t number) {
    if (number < 1) check.Fail(name(), "is not 1 or more");
  });
  check.ObjectIds("reverts_shas", change.reverts_shas(), kMany);
  if (change.has_paths()) check.Paths("paths.paths", change.paths());
}

void CheckDeployment(const v1::Deployment& deployment, FieldChecker& check) {
  check.Name("key", deployment.key());
  if (!deployment.entity_ref().empty()) check.EntityRef("entity_ref", deployment.entity_ref());
  check.Name("stream", deployment.stream());
  check.Name("environment", deployment.environment());
  check.OptionalName("repository", deployment.repository());
  check.OptionalName("source_revision", deployment.source_revision());
  check.OptionalName("config_revision", deployment.config_revision());
  check.Names("images", deployment.images(), kMany, kName);
  check.Time("started_at", deployment.has_started_at(), deployment.started_at());
  const bool finished = deployment.phase() == v1::Deployment::SUCCEEDED || deployment.phase() == v1::Deployment::FAILED;
  if (finished) {
    check.RequiredTime("finished_at", deployment.has_finished_at(), deployment.finished_at());
  } else {
    check.Time("finished_at", deployment.has_finished_at(), deployment.finished_at());
  }
  check.Time("healthy_at", deployment.has_healthy_at(), deployment.healthy_at());
  check.Time("degraded_at", deployment.has_degraded_at(), deployment.degraded_at());
  if (deployment.phase() == v1::Deployment::PHASE_UNSPECIFIED) check.Fail("phase", "is required");
  check.Known("phase", v1::Deployment::Phase_IsValid(deployment.phase()));
  check.Known("effect", v1::Deployment::Effect_IsValid(deployment.effect()));
  check.Text("revision_evidence", deployment.revision_evidence());
  check.Each("synced", deployment.synced(), 100, [&](FieldChecker::ElementName name, const v1::SyncedSource& synced) {
    FieldChecker one("");
    one.Name("repository", synced.repository());
    one.Name("revision", synced.revision());
    one.OptionalName("chart", synced.chart());
    one.OptionalName("path", synced.path(), kPath);
    if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
  });
  if (deployment.has_rendered_from()) {
    check.Name("rendered_from.repository", deployment.rendered_from().repository());
    check.ObjectId("rendered_from.sha", deployment.rendered_from().sha());
  }
  check.NotNegative("sequence", deployment.sequence());
  check.Known("provenance", v1::Deployment::Provenance_IsValid(deployment.provenance()));
}

void CheckLinks(absl::string_view field, const google::protobuf::RepeatedPtrField<v1::LinkTarget>& links,
                FieldChecker& check) {
  check.Each(field, links, 100, [&](FieldChecker::ElementName name, const v1::LinkTarget& link) {
    FieldChecker one("");
    switch (link.target_case()) {
      case v1::LinkTarget::kDeployment:
        one.Name("deployment.source", link.deployment().source(), kSource);
        one.Name("deployment.key", link.deployment().key());
        break;
      case v1::LinkTarget::kCommit:
        one.Name("commit.repository", link.commit().repository());
        one.ObjectId("commit.sha", link.commit().sha());
        break;
      case v1::LinkTarget::kChange:
        one.Name("change.repository", link.change().repository());
        if (link.change().number() < 1) one.Fail("change.number", "is not 1 or more");
        break;
      case v1::LinkTarget::TARGET_NOT_SET:
        check.Fail(name(), "points at nothing");
        return;
    }
    if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
  });
}

void CheckIncidentEvent(const v1::IncidentEvent& event, FieldChecker& check) {
  check.Name("incident_id", event.incident_id(), 256);
  check.Name("event_id", event.event_id(), 256);
  if (event.type() == v1::IncidentEvent::TYPE_UNSPECIFIED) check.Fail("type", "is required");
  check.Known("type", v1::IncidentEvent::Type_IsValid(event.type()));
  check.RequiredTime("occurred_at", event.has_occurred_at(), event.occurred_at());
  check.Time("opened_at", event.has_opened_at(), event.opened_at());
  check.EntityRefs("affected_entity_refs", event.affected_entity_refs(), kMany);
  check.OptionalName("environment", event.environment());
  check.Known("cause", v1::IncidentEvent::Cause_IsValid(event.cause()));
  CheckLinks("caused_by", event.caused_by(), check);
  CheckLinks("remedied_by", event.remedied_by(), check);
  check.OptionalName("merged_into", event.merged_into(), 256);
  check.Text("title", event.title());
}

void CheckArtefact(const v1::Artefact& artefact, FieldChecker& check) {
  check.Name("image", artefact.image());
  if (artefact.digest().empty() && artefact.tag().empty()) check.Fail("digest", "is required, or else tag");
  if (!artefact.digest().empty()) {
    check.Name("digest", artefact.digest(), 128);
    const absl::string_view digest = artefact.digest();
    if (!absl::StartsWith(digest, "sha256:") || digest.size() != 7 + 64 ||
        digest.find_first_not_of("0123456789abcdef", 7) != absl::string_view::npos)
      check.Fail("digest", "is no digest: \"sha256:\" and 64 lower-case hexadecimal digits");
  }
  check.OptionalName("tag", artefact.tag(), 128);
  check.Name("repository", artefact.repository());
  check.ObjectId("revision", artefact.revision());
  check.RequiredTime("published_at", artefact.has_published_at(), artefact.published_at());
}

void CheckSourceStatus(const v1::SourceStatus& status, FieldChecker& check) {
  if (status.covers() == v1::SourceStatus::COVERS_UNSPECIFIED) check.Fail("covers", "is required");
  check.Known("covers", v1::SourceStatus::Covers_IsValid(status.covers()));
  check.RequiredTime("complete_until", status.has_complete_until(), status.complete_until());
  check.EntityRefs("entity_refs", status.entity_refs(), kPaths);
  check.Time("last_contact_at", status.has_last_contact_at(), status.last_contact_at());
  check.Time("reported_at", status.has_reported_at(), status.reported_at());
  check.Each("problems", status.problems(), 20, [&](FieldChecker::ElementName name, const v1::SourceProblem& problem) {
    FieldChecker one("");
    if (problem.code() == v1::SourceProblem::CODE_UNSPECIFIED) one.Fail("code", "is required");
    one.Known("code", v1::SourceProblem::Code_IsValid(problem.code()));
    one.Text("subject", problem.subject());
    one.Text("detail", problem.detail());
    one.Time("since", problem.has_since(), problem.since());
    if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
  });
}

template <typename M>
std::optional<FieldError> Run(absl::string_view prefix, const M& message, void (*check)(const M&, FieldChecker&)) {
  FieldChecker checker(prefix);
  check(message, checker);
  return checker.Take();
}

}  // namespace

std::optional<FieldError> Validate(const v1::Observation& observation) {
  FieldChecker top("");
  top.Name("source", observation.source(), kSource);
  if (auto error = top.Take()) return error;
  switch (observation.kind_case()) {
    case v1::Observation::kCommit:
      return Run("commit", observation.commit(), CheckCommit);
    case v1::Observation::kChange:
      return Run("change", observation.change(), CheckChange);
    case v1::Observation::kDeployment:
      return Run("deployment", observation.deployment(), CheckDeployment);
    case v1::Observation::kIncidentEvent:
      return Run("incident_event", observation.incident_event(), CheckIncidentEvent);
    case v1::Observation::kEntity:
      return Run("entity", observation.entity(), CheckEntity);
    case v1::Observation::kStreamMapping:
      return Run("stream_mapping", observation.stream_mapping(), CheckStreamMapping);
    case v1::Observation::kEnvironmentRule:
      return Run("environment_rule", observation.environment_rule(), CheckEnvironmentRule);
    case v1::Observation::kSourceStatus:
      return Run("source_status", observation.source_status(), CheckSourceStatus);
    case v1::Observation::kStream:
      return Run("stream", observation.stream(), CheckStream);
    case v1::Observation::kMappingRule:
      return Run("mapping_rule", observation.mapping_rule(), CheckMappingRule);
    case v1::Observation::kImageTagRule:
      return Run("image_tag_rule", observation.image_tag_rule(), CheckImageTagRule);
    case v1::Observation::kArtefact:
      return Run("artefact", observation.artefact(), CheckArtefact);
    case v1::Observation::kManifestRevision:
      return Run("manifest_revision", observation.manifest_revision(), CheckManifestRevision);
    case v1::Observation::KIND_NOT_SET:
      break;
  }
  return FieldError{"kind",
                    "says nothing that this version knows: one of commit, change, deployment, incident_event, entity, "
                    "stream_mapping, environment_rule, source_status, stream, mapping_rule, image_tag_rule, artefact, "
                    "manifest_revision is "
                    "required"};
}

}  // namespace headway
