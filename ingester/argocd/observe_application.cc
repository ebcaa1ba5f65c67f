#include "ingester/argocd/observe_application.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "ingester/argocd/declare_stream.h"
#include "ingester/argocd/names.h"
#include "ingester/argocd/sync_facts.h"

namespace headway {
namespace {

using v1::Deployment;

constexpr uint64_t kTakenBack = uint64_t{1} << 32;  // above every version of what is taken back

// Makes the deployments of one application.
class Observer {
 public:
  Observer(const ArgoApplication& application, const ArgoOptions& options)
      : application_(application), options_(options) {
    const std::optional<ArgoOperation>& operation = application.operation;
    if (!operation.has_value() || operation->partial || operation->dry_run) return;
    for (const ArgoHistoryEntry& entry : application.history) {
      if (entry.started_at == operation->started_at) recorded_ = &entry;
    }
  }

  std::vector<v1::Observation> Deployments() {
    const std::vector<ArgoHistoryEntry>& history = application_.history;
    for (size_t i = 0; i < history.size(); ++i) {
      if (history[i].started_at.has_value()) TakeBackOperation(history[i]);
      AddEntry(history[i], i > 0 && history[i].id == history[i - 1].id + 1 ? &history[i - 1] : nullptr);
    }
    if (application_.operation.has_value() && recorded_ == nullptr) AddOperation(*application_.operation);
    return std::move(observations_);
  }

  // Whether some deployment has a source without a repository on a host, or without a revision.
  bool unknown_source() const { return unknown_source_; }

 private:
  Deployment* Add(std::string key) {
    v1::Observation& observation = observations_.emplace_back();
    observation.set_source(absl::StrCat("argocd:", options_.instance));
    Deployment* deployment = observation.mutable_deployment();
    deployment->set_key(std::move(key));
    deployment->set_stream(ArgoStream(application_));
    deployment->set_environment(ArgoEnvironment(application_));
    return deployment;
  }

  // It may have been seen while it ran, or without the entry that tells the same; of old entries too, by a watcher that was away since.
  void TakeBackOperation(const ArgoHistoryEntry& entry) {
    Deployment* deployment = Add(OperationKey(application_, *entry.started_at));
    deployment->set_version(kTakenBack);
    deployment->set_phase(Deployment::SUCCEEDED);
    *deployment->mutable_finished_at() = ArgoTimestamp(entry.deployed_at);
    deployment->set_withdrawn(true);
  }

  void AddEntry(const ArgoHistoryEntry& entry, const ArgoHistoryEntry* before) {
    const bool latest = &entry == &application_.history.back();
    const ArgoOperation* operation = recorded_ == &entry ? &*application_.operation : nullptr;
    const bool shown = operation != nullptr ? operation->phase == ArgoOperation::Phase::kSucceeded
                                            : latest && !application_.operation.has_value();
    const bool resync = (before != nullptr && argocd::SameManifests(entry.sources, before->sources)) ||
                        (operation != nullptr && argocd::NothingApplied(*operation));
    Deployment* deployment = Add(HistoryKey(application_, entry));
    deployment->set_version(operation != nullptr ? 2 : 1);
    if (entry.started_at.has_value()) *deployment->mutable_started_at() = ArgoTimestamp(*entry.started_at);
    *deployment->mutable_finished_at() = ArgoTimestamp(entry.deployed_at);
    deployment->set_phase(Deployment::SUCCEEDED);
    if (resync) deployment->set_effect(Deployment::RESYNC);
    deployment->set_automated(entry.automated || (operation != nullptr && operation->automated));
    deployment->set_sequence(entry.id);
    deployment->set_provenance(Deployment::HISTORY);
    AddSources(entry.sources, deployment);
    if (!shown) return;
    AddShown({entry.started_at.value_or(entry.deployed_at), entry.deployed_at, entry.sources}, operation, deployment);
  }

  void AddOperation(const ArgoOperation& operation) {
    if (operation.dry_run) return;
    Deployment* deployment = Add(OperationKey(application_, operation.started_at));
    deployment->set_version(2);
    *deployment->mutable_started_at() = ArgoTimestamp(operation.started_at);
    deployment->set_automated(operation.automated);
    deployment->set_provenance(Deployment::OPERATION);
    AddSources(operation.sources, deployment);
    if (operation.phase == ArgoOperation::Phase::kRunning) return deployment->set_phase(Deployment::PENDING);
    *deployment->mutable_finished_at() = ArgoTimestamp(*operation.finished_at);
    if (operation.phase == ArgoOperation::Phase::kFailed) return deployment->set_phase(Deployment::FAILED);
    deployment->set_phase(Deployment::SUCCEEDED);
    const bool same = operation.partial && !application_.history.empty() &&
                      argocd::SameManifests(operation.sources, application_.history.back().sources);
    if (same || argocd::NothingApplied(operation)) {
      deployment->set_effect(operation.partial ? Deployment::SELF_HEAL : Deployment::RESYNC);
    }
    AddShown({operation.started_at, *operation.finished_at, operation.sources}, &operation, deployment);
  }

  void AddSources(const std::vector<ArgoSource>& sources, Deployment* deployment) {
    for (const ArgoSource& source : sources) {
      const std::string repository = ArgoRepository(source.repo_url);
      if (repository.empty() || source.revision.empty()) {
        unknown_source_ = true;
        continue;
      }
      v1::SyncedSource* synced = deployment->add_synced();
      synced->set_repository(repository);
      synced->set_revision(source.revision);
      synced->set_chart(source.chart);
      synced->set_path(source.path);
    }
    const ArgoHydration* hydration = argocd::HydrationOf(application_, sources);
    const std::string dry = hydration == nullptr ? "" : ArgoRepository(hydration->dry_repo_url);
    if (dry.empty()) return;
    deployment->mutable_rendered_from()->set_repository(dry);
    deployment->mutable_rendered_from()->set_sha(hydration->dry_sha);
  }

  // What only the latest sync tells. The version says how much.
  void AddShown(const argocd::ShownSync& sync, const ArgoOperation* operation, Deployment* deployment) {
    const argocd::SyncImages known = argocd::ImagesOfSync(application_, sync, operation, options_);
    for (const std::string& image : known.images) deployment->add_images(image);
    uint64_t version = deployment->version() + 4 * static_cast<uint64_t>(known.from);
    // What counts never needs no health.
    if (deployment->effect() == Deployment::EFFECT_UNSPECIFIED) {
      const argocd::HealthAfter health = argocd::HealthAfterSync(application_, sync, options_);
      if (health.healthy_at.has_value()) *deployment->mutable_healthy_at() = ArgoTimestamp(*health.healthy_at);
      if (health.degraded_at.has_value()) *deployment->mutable_degraded_at() = ArgoTimestamp(*health.degraded_at);
      if (health.healthy_at.has_value() || health.degraded_at.has_value()) version += 2;
    }
    deployment->set_version(version);
  }

  const ArgoApplication& application_;
  const ArgoOptions& options_;
  const ArgoHistoryEntry* recorded_ = nullptr;  // the entry that tells the same as the operation
  std::vector<v1::Observation> observations_;
  bool unknown_source_ = false;
};

}  // namespace

ArgoObservations ObserveApplication(const ArgoApplication& application, const ArgoOptions& options) {
  ArgoObservations all;
  all.notes = application.notes;
  all.stream.set_source(absl::StrCat("argocd:", options.instance));
  *all.stream.mutable_stream() = argocd::DeclareStream(application, options, &all.notes);
  Observer observer(application, options);
  all.deployments = observer.Deployments();
  if (observer.unknown_source()) {
    all.notes.push_back("status names a source without a repository on a host, or without a revision: left out");
  }
  return all;
}

v1::Observation ObserveGone(v1::Observation stream) {
  stream.mutable_stream()->set_deleted(true);
  stream.mutable_stream()->set_version(stream.stream().version() + 1);
  return stream;
}

uint64_t Fingerprint(const v1::Observation& observation) {
  const v1::Observation* said = &observation;
  v1::Observation without_version;
  if (observation.has_stream()) {
    without_version = observation;
    without_version.mutable_stream()->clear_version();
    said = &without_version;
  }
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    said->SerializeToCodedStream(&coded);
  }
  return absl::Hash<std::string>{}(bytes);
}

}  // namespace headway
