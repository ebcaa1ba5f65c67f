#include "tests/bench/history.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/timestamp.h"
#include "tests/bench/deployments.h"

namespace headway::bench {
namespace {

constexpr char kForge[] = "forge:bench";
constexpr char kPipeline[] = "argocd:bench-history";
constexpr char kPager[] = "pager:bench";

// Makes one entity's observations, step by step in time.
class Builder {
 public:
  Builder(const HistoryOptions& options, int64_t entity)
      : options_(options),
        entity_(static_cast<uint64_t>(entity)),
        ref_(EntityRef(entity)),
        repository_(absl::StrFormat("bench.example/org/e-%06d", entity)) {}

  std::vector<v1::Observation> Build() {
    Declare();
    const absl::Duration step = absl::Hours(24) * options_.days / static_cast<double>(options_.deployments);
    for (int64_t i = 0; i < options_.deployments; ++i) {
      // Within its step, so that the order stays.
      const absl::Time at =
          options_.end - absl::Hours(24) * options_.days + step * (static_cast<double>(i) + 0.3 + 0.6 * Share(i, 1));
      const bool merges =
          (i + 1) * options_.changes / options_.deployments > i * options_.changes / options_.deployments;
      if (merges) {
        Merge(i, at);
      } else {
        main_ = AddCommit(i, 2, {main_}, at - absl::Hours(2));
      }
      Deploy(i, at);
      if ((i + 1) * options_.incidents / options_.deployments > i * options_.incidents / options_.deployments)
        Break(i, at);
    }
    return std::move(observations_);
  }

 private:
  // 0 to 1.
  double Share(int64_t i, uint64_t purpose) const {
    return static_cast<double>(Mix(Mix(entity_, static_cast<uint64_t>(i)), purpose) >> 11) * 0x1.0p-53;
  }

  v1::Observation& Add(const char* source) {
    observations_.emplace_back().set_source(source);
    return observations_.back();
  }

  void Declare() {
    v1::EntityDeclaration& entity = *Add("catalog:bench").mutable_entity();
    entity.set_entity_ref(ref_);
    entity.set_version(1);
    entity.add_repositories()->set_repository(repository_);
  }

  std::string AddCommit(int64_t i, uint64_t purpose, const std::vector<std::string>& parents, absl::Time at) {
    v1::Commit& commit = *Add(kForge).mutable_commit();
    commit.set_repository(repository_);
    commit.set_sha(Sha(Mix(entity_, static_cast<uint64_t>(i)), purpose));
    for (const std::string& parent : parents) {
      if (!parent.empty()) commit.add_parents(parent);
    }
    *commit.mutable_authored_at() = ToTimestamp(at);
    *commit.mutable_committed_at() = ToTimestamp(at);
    return commit.sha();
  }

  void Merge(int64_t i, absl::Time deployed) {
    const absl::Time merged = deployed - absl::Minutes(10 + 200 * Share(i, 3));
    const absl::Time reviewed = merged - absl::Minutes(5 + 300 * Share(i, 4));
    const absl::Time opened = reviewed - absl::Minutes(5 + 600 * Share(i, 5));
    const absl::Time authored = opened - absl::Minutes(10 + 2000 * Share(i, 6));
    const std::string branch = AddCommit(i, 7, {main_}, authored);
    main_ = AddCommit(i, 8, {main_, branch}, merged);
    v1::Change& change = *Add(kForge).mutable_change();
    change.set_repository(repository_);
    change.set_number(++number_);
    *change.mutable_updated_at() = ToTimestamp(merged);
    *change.mutable_opened_at() = ToTimestamp(opened);
    *change.mutable_first_commit_authored_at() = ToTimestamp(authored);
    *change.mutable_first_commit_committed_at() = ToTimestamp(authored);
    *change.mutable_first_review_at() = ToTimestamp(reviewed);
    *change.mutable_merged_at() = ToTimestamp(merged);
    change.set_merge_commit_sha(main_);
    change.add_commit_shas(branch);
    change.set_head_branch(absl::StrCat("feature/", number_));
    change.set_base_branch("main");
    change.set_reviews(1);
  }

  void Deploy(int64_t i, absl::Time at) {
    v1::Deployment& deployment = *Add(kPipeline).mutable_deployment();
    key_ = absl::StrCat(ref_, "/", i);
    deployment.set_key(key_);
    deployment.set_version(1);
    deployment.set_entity_ref(ref_);
    deployment.set_stream(ref_.substr(ref_.find('/') + 1));
    deployment.set_environment("production");
    deployment.set_repository(repository_);
    deployment.set_source_revision(main_);
    *deployment.mutable_started_at() = ToTimestamp(at - absl::Minutes(4));
    *deployment.mutable_finished_at() = ToTimestamp(at);
    deployment.set_phase(v1::Deployment::SUCCEEDED);
    deployment.set_automated(true);
  }

  void Break(int64_t i, absl::Time deployed) {
    const absl::Time opened = deployed + absl::Minutes(1 + 300 * Share(i, 9));
    for (const bool resolved : {false, true}) {
      v1::IncidentEvent& event = *Add(kPager).mutable_incident_event();
      event.set_incident_id(absl::StrCat(ref_, "/incident-", i));
      event.set_event_id(resolved ? "resolved" : "opened");
      event.set_type(resolved ? v1::IncidentEvent::RESOLVED : v1::IncidentEvent::OPENED);
      *event.mutable_occurred_at() = ToTimestamp(resolved ? opened + absl::Minutes(30 + 300 * Share(i, 10)) : opened);
      if (resolved) continue;
      event.add_affected_entity_refs(ref_);
      if (i % 2 == 0) continue;
      v1::DeploymentReference& cause = *event.add_caused_by()->mutable_deployment();
      cause.set_source(kPipeline);
      cause.set_key(key_);
    }
  }

  const HistoryOptions& options_;
  const uint64_t entity_;
  const std::string ref_;
  const std::string repository_;
  std::vector<v1::Observation> observations_;
  std::string main_;  // head of the main branch; empty before the first commit
  std::string key_;   // of the latest deployment
  int64_t number_ = 0;
};

}  // namespace

std::vector<v1::Observation> HistoryOf(const HistoryOptions& options, int64_t entity) {
  return Builder(options, entity).Build();
}

}  // namespace headway::bench
