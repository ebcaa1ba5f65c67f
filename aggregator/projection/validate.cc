#include "aggregator/projection/validate.h"

#include <re2/re2.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "aggregator/projection/entity_ref.h"

namespace headway {
namespace {

using google::protobuf::RepeatedField;
using google::protobuf::RepeatedPtrField;
using google::protobuf::Timestamp;

constexpr size_t kSource = 256;
constexpr size_t kName = 512;    // streams, environments, branches, revisions, images
constexpr size_t kText = 1'024;  // what only people read
constexpr size_t kPath = 4'096;
constexpr int kPaths = 10'000;
constexpr int kMany = 1'000;  // lists of names and ids
constexpr int kCommits = 10'000;
constexpr int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

// Bounded in memory, quiet: expressions come from outside.
re2::RE2::Options ExpressionOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

// Collects the first fault of one observation. Every check is skipped once there is one.
class Checker {
 public:
  explicit Checker(absl::string_view prefix) : prefix_(prefix) {}

  void Fail(absl::string_view field, absl::string_view reason) {
    if (error_.has_value()) return;
    error_ = FieldError{prefix_.empty() ? std::string(field) : absl::StrCat(prefix_, ".", field), std::string(reason)};
  }

  // Part of a key, or a name: no control characters (a line end would make two natural keys one).
  void Name(absl::string_view field, absl::string_view value, size_t limit = kName, bool required = true) {
    if (error_.has_value()) return;
    if (value.empty()) {
      if (required) Fail(field, "is required");
      return;
    }
    if (value.size() > limit) return Fail(field, absl::StrCat("is longer than ", limit, " bytes"));
    if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      Fail(field, "holds a control character");
    }
  }
  void OptionalName(absl::string_view field, absl::string_view value, size_t limit = kName) {
    Name(field, value, limit, false);
  }

  // For people: only what PostgreSQL cannot hold is refused.
  void Text(absl::string_view field, absl::string_view value, size_t limit = kText) {
    if (error_.has_value()) return;
    if (value.size() > limit) return Fail(field, absl::StrCat("is longer than ", limit, " bytes"));
    if (value.find('\0') != absl::string_view::npos) Fail(field, "holds a zero byte");
  }

  void ObjectId(absl::string_view field, absl::string_view value) {
    if (error_.has_value()) return;
    const bool hex = std::all_of(value.begin(), value.end(),
                                 [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!hex || (value.size() != 40 && value.size() != 64))
      Fail(field, "is no object id: 40 or 64 lower-case hexadecimal digits");
  }
  void OptionalObjectId(absl::string_view field, absl::string_view value) {
    if (!value.empty()) ObjectId(field, value);
  }

  void EntityRef(absl::string_view field, absl::string_view value) {
    if (error_.has_value()) return;
    if (value.empty()) return Fail(field, "is required");
    if (!NormaliseEntityRef(value).has_value()) Fail(field, "is no entity ref: \"kind:namespace/name\"");
  }

  void Time(absl::string_view field, bool present, const Timestamp& time) {
    if (!present || error_.has_value()) return;
    if (time.seconds() < 0 || time.seconds() > kLastSecond)
      return Fail(field, "is not between the years 1970 and 9999");
    if (time.nanos() < 0 || time.nanos() > 999'999'999) Fail(field, "has nanoseconds out of range");
  }
  void RequiredTime(absl::string_view field, bool present, const Timestamp& time) {
    if (!present) return Fail(field, "is required");
    Time(field, present, time);
  }

  void NotNegative(absl::string_view field, int64_t value) {
    if (value < 0) Fail(field, "is negative");
  }
  void Known(absl::string_view field, bool known) {
    if (!known) Fail(field, "is a value that this version does not know");
  }

  // Bounds the list, and checks each element, called "field[i]".
  template <typename List, typename Check>
  void Each(absl::string_view field, const List& list, int limit, Check check) {
    if (error_.has_value()) return;
    if (list.size() > limit) return Fail(field, absl::StrCat("has more than ", limit, " elements"));
    for (int i = 0; i < list.size() && !error_.has_value(); ++i) check(ElementName{field, i}, list[i]);
  }

  // "field[i]", put together only when it is at fault.
  struct ElementName {
    absl::string_view field;
    int index;
    std::string operator()() const { return absl::StrCat(field, "[", index, "]"); }
  };

  void ObjectIds(absl::string_view field, const RepeatedPtrField<std::string>& list, int limit) {
    Each(field, list, limit, [&](ElementName name, const std::string& id) {
      Checker one("");
      one.ObjectId("", id);
      if (one.error_.has_value()) Fail(name(), one.error_->reason);
    });
  }
  void Names(absl::string_view field, const RepeatedPtrField<std::string>& list, int limit, size_t bytes) {
    Each(field, list, limit, [&](ElementName name, const std::string& value) {
      Checker one("");
      one.Name("", value, bytes);
      if (one.error_.has_value()) Fail(name(), one.error_->reason);
    });
  }
  void EntityRefs(absl::string_view field, const RepeatedPtrField<std::string>& list, int limit) {
    Each(field, list, limit, [&](ElementName name, const std::string& ref) {
      Checker one("");
      one.EntityRef("", ref);
      if (one.error_.has_value()) Fail(name(), one.error_->reason);
    });
  }
  // Keys are names, values texts of at most `bytes`.
  void Pairs(absl::string_view field, const google::protobuf::Map<std::string, std::string>& pairs, size_t limit,
             size_t bytes) {
    if (error_.has_value()) return;
    if (pairs.size() > limit) return Fail(field, absl::StrCat("has more than ", limit, " elements"));
    for (const auto& [key, value] : pairs) {
      Name(absl::StrCat(field, " (a key)"), key);
      Text(absl::StrCat(field, "[", key, "]"), value, bytes);
    }
  }
  // Paths may hold any character that a file system allows but the zero byte.
  void Paths(absl::string_view field, const v1::PathList& list) {
    Each(field, list.paths(), kPaths, [&](ElementName name, const std::string& path) {
      if (path.empty()) return Fail(name(), "is empty");
      if (path.size() > kPath) return Fail(name(), absl::StrCat("is longer than ", kPath, " bytes"));
      if (path.find('\0') != std::string::npos) Fail(name(), "holds a zero byte");
    });
  }

  std::optional<FieldError> Take() { return std::move(error_); }

 private:
  absl::string_view prefix_;
  std::optional<FieldError> error_;
};

void CheckCommit(const v1::Commit& commit, Checker& check) {
  check.Name("repository", commit.repository());
  check.ObjectId("sha", commit.sha());
  check.ObjectIds("parents", commit.parents(), 64);
  check.RequiredTime("authored_at", commit.has_authored_at(), commit.authored_at());
  check.RequiredTime("committed_at", commit.has_committed_at(), commit.committed_at());
  if (commit.has_paths()) check.Paths("paths.paths", commit.paths());
  check.ObjectIds("reverts", commit.reverts(), kMany);
  check.ObjectIds("cherry_picked_from", commit.cherry_picked_from(), kMany);
}

void CheckChange(const v1::Change& change, Checker& check) {
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
  check.Each("reverts_numbers", change.reverts_numbers(), kMany, [&](Checker::ElementName name, int64_t number) {
    if (number < 1) check.Fail(name(), "is not 1 or more");
  });
  check.ObjectIds("reverts_shas", change.reverts_shas(), kMany);
  if (change.has_paths()) check.Paths("paths.paths", change.paths());
}

void CheckDeployment(const v1::Deployment& deployment, Checker& check) {
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
  check.Each("synced", deployment.synced(), 100, [&](Checker::ElementName name, const v1::SyncedSource& synced) {
    Checker one("");
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

void CheckLinks(absl::string_view field, const RepeatedPtrField<v1::LinkTarget>& links, Checker& check) {
  check.Each(field, links, 100, [&](Checker::ElementName name, const v1::LinkTarget& link) {
    Checker one("");
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

void CheckIncidentEvent(const v1::IncidentEvent& event, Checker& check) {
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

void CheckEntity(const v1::EntityDeclaration& entity, Checker& check) {
  check.EntityRef("entity_ref", entity.entity_ref());
  check.Each("repositories", entity.repositories(), kMany,
             [&](Checker::ElementName name, const v1::EntityRepository& repository) {
               Checker one("");
               one.Name("repository", repository.repository());
               one.Names("path_prefixes", repository.path_prefixes(), kMany, kPath);
               if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
             });
  check.EntityRefs("aliases", entity.aliases(), kMany);
  check.Text("title", entity.title());
  check.OptionalName("type", entity.type());
  if (!entity.owner_ref().empty()) check.EntityRef("owner_ref", entity.owner_ref());
  check.EntityRefs("part_of_refs", entity.part_of_refs(), 100);
  check.EntityRefs("parent_refs", entity.parent_refs(), 100);
  check.EntityRefs("member_of_refs", entity.member_of_refs(), kMany);
  check.Pairs("annotations", entity.annotations(), 200, kText);
}

// An expression of a selector; empty: not set.
void CheckExpression(absl::string_view field, const std::string& expression, Checker& check) {
  if (expression.empty()) return;
  check.Name(field, expression, kText);
  const re2::RE2 compiled(expression, ExpressionOptions());
  if (!compiled.ok()) check.Fail(field, absl::StrCat("is no regular expression: ", compiled.error()));
}

void CheckSelector(const v1::StreamSelector& where, Checker& check) {
  CheckExpression("where.source", where.source(), check);
  CheckExpression("where.stream", where.stream(), check);
  CheckExpression("where.name", where.name(), check);
  CheckExpression("where.namespace", where.namespace_(), check);
  CheckExpression("where.destination_cluster", where.destination_cluster(), check);
  CheckExpression("where.destination_namespace", where.destination_namespace(), check);
  CheckExpression("where.project", where.project(), check);
  check.Pairs("where.labels", where.labels(), 100, kText);
}

void CheckStream(const v1::StreamDeclaration& stream, Checker& check) {
  check.Name("stream", stream.stream());
  check.Name("name", stream.name());
  check.OptionalName("namespace", stream.namespace_());
  check.OptionalName("instance", stream.instance());
  if (!stream.entity_ref().empty()) check.EntityRef("entity_ref", stream.entity_ref());
  check.Pairs("labels", stream.labels(), 200, kText);
  check.OptionalName("destination_cluster", stream.destination_cluster());
  check.OptionalName("destination_namespace", stream.destination_namespace());
  check.OptionalName("project", stream.project());
  check.Names("repositories", stream.repositories(), 100, kName);
}

void CheckMappingRule(const v1::MappingRule& rule, Checker& check) {
  check.Name("id", rule.id());
  CheckSelector(rule.where(), check);
  check.Name("entity_ref", rule.entity_ref(), kName, !rule.deleted());
  check.Time("since", rule.has_since(), rule.since());
}

void CheckImageTagRule(const v1::ImageTagRule& rule, Checker& check) {
  check.Name("id", rule.id());
  CheckExpression("image", rule.image(), check);
  check.Name("tag", rule.tag(), kText, !rule.deleted());
  if (rule.tag().empty()) return;
  CheckExpression("tag", rule.tag(), check);
  const re2::RE2 compiled(rule.tag(), ExpressionOptions());
  if (compiled.ok() && compiled.NamedCapturingGroups().count("commit") == 0)
    check.Fail("tag", "has no group \"commit\"");
}

void CheckArtefact(const v1::Artefact& artefact, Checker& check) {
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

void CheckStreamMapping(const v1::StreamMapping& mapping, Checker& check) {
  check.Name("id", mapping.id());
  check.Name("stream", mapping.stream());
  if (!mapping.deleted() || !mapping.entity_ref().empty()) check.EntityRef("entity_ref", mapping.entity_ref());
  check.Time("since", mapping.has_since(), mapping.since());
}

void CheckEnvironmentRule(const v1::EnvironmentRule& rule, Checker& check) {
  check.Name("id", rule.id());
  check.Name("match", rule.match(), kName, !rule.has_where() && !rule.deleted());
  if (rule.has_where()) CheckSelector(rule.where(), check);
  check.OptionalName("name", rule.name());
  check.Known("tier", v1::Tier_IsValid(rule.tier()));
}

void CheckSourceStatus(const v1::SourceStatus& status, Checker& check) {
  if (status.covers() == v1::SourceStatus::COVERS_UNSPECIFIED) check.Fail("covers", "is required");
  check.Known("covers", v1::SourceStatus::Covers_IsValid(status.covers()));
  check.RequiredTime("complete_until", status.has_complete_until(), status.complete_until());
  check.EntityRefs("entity_refs", status.entity_refs(), kPaths);
  check.Time("last_contact_at", status.has_last_contact_at(), status.last_contact_at());
  check.Each("problems", status.problems(), 20, [&](Checker::ElementName name, const v1::SourceProblem& problem) {
    Checker one("");
    if (problem.code() == v1::SourceProblem::CODE_UNSPECIFIED) one.Fail("code", "is required");
    one.Known("code", v1::SourceProblem::Code_IsValid(problem.code()));
    one.Text("subject", problem.subject());
    one.Text("detail", problem.detail());
    one.Time("since", problem.has_since(), problem.since());
    if (auto error = one.Take()) check.Fail(absl::StrCat(name(), ".", error->field), error->reason);
  });
}

template <typename M>
std::optional<FieldError> Run(absl::string_view prefix, const M& message, void (*check)(const M&, Checker&)) {
  Checker checker(prefix);
  check(message, checker);
  return checker.Take();
}

}  // namespace

std::optional<FieldError> Validate(const v1::Observation& observation) {
  Checker top("");
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
    case v1::Observation::KIND_NOT_SET:
      break;
  }
  return FieldError{
      "kind",
      "says nothing that this version knows: one of commit, change, deployment, incident_event, entity, "
      "stream_mapping, environment_rule, source_status, stream, mapping_rule, image_tag_rule, artefact is "
      "required"};
}

}  // namespace headway
