#include "tests/argocd/application_life.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

using nlohmann::json;
using Kind = TrueSync::Kind;

std::string Text(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); }

json Source() { return {{"repoURL", "https://git.example.com/shop/manifests.git"}, {"path", "payments"}}; }

}  // namespace

ApplicationLife::ApplicationLife(const LifeOptions& options)
    : options_(options), random_(options.seed * 2654435761u + 1) {
  application_ = {{"metadata", {{"name", "payments"}, {"namespace", "argocd"}, {"creationTimestamp", Text(now_)}}},
                  {"spec", {{"destination", {{"name", "prod"}, {"namespace", "payments"}}}, {"source", Source()}}},
                  {"status", {{"history", json::array()}}}};
  Health("Healthy", now_ - absl::Hours(1), now_);
  for (int i = 0; i < options_.syncs; ++i) {
    TrueSync sync;
    const uint32_t kind = Below(10);
    sync.kind = kind < 6 ? Kind::kFull : kind < 8 ? Kind::kPartial : kind < 9 ? Kind::kDryRun : Kind::kFailed;
    const uint32_t what = Below(3);
    sync.revision = std::string(40, static_cast<char>('a' + what));
    sync.image = absl::StrCat("registry.example.com/shop/payments:", what);
    sync.automated = Below(2) == 0;
    sync.nothing_applied = Below(4) == 0;
    Live(std::move(sync));
  }
}

uint32_t ApplicationLife::Below(uint32_t bound) {
  random_ = random_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<uint32_t>(random_ >> 33) % bound;
}

void ApplicationLife::Live(TrueSync sync) {
  now_ += absl::Minutes(5 + Below(600));
  sync.started = now_;
  syncs_.push_back(std::move(sync));
  TrueSync& lived = syncs_.back();
  StartOperation(lived);
  Write(false);
  now_ += absl::Seconds(1 + Below(60));
  if (lived.kind == Kind::kFailed) {  // waits for a retry
    application_["status"]["operationState"]["finishedAt"] = Text(now_);
    Write(false);
    now_ += absl::Seconds(5);
  }
  lived.recorded = now_;
  if (lived.kind == Kind::kFull) Record(&lived);
  now_ += absl::Seconds(Below(2));
  lived.finished = now_;
  EndOperation(lived);
  Write(true);
  if (lived.kind == Kind::kFull || lived.kind == Kind::kPartial) SettleHealth(&lived);
}

void ApplicationLife::StartOperation(const TrueSync& sync) {
  json request = {{"initiatedBy", sync.automated ? json{{"automated", true}} : json{{"username", "jane"}}},
                  {"sync", {{"revision", sync.revision}}}};
  if (sync.kind == Kind::kDryRun) request["sync"]["dryRun"] = true;
  if (sync.kind == Kind::kPartial) request["sync"]["resources"] = {{{"kind", "Deployment"}, {"name", "payments"}}};
  application_["status"]["operationState"] = {
      {"phase", "Running"}, {"startedAt", Text(sync.started)}, {"operation", request}};
}

void ApplicationLife::EndOperation(const TrueSync& sync) {
  json& state = application_["status"]["operationState"];
  const bool failed = sync.kind == Kind::kFailed;
  state["phase"] = failed ? "Failed" : "Succeeded";
  state["finishedAt"] = Text(sync.finished);
  json resource = {
      {"group", "apps"}, {"kind", "Deployment"}, {"name", "payments"}, {"status", failed ? "SyncFailed" : "Synced"}};
  resource["message"] =
      sync.nothing_applied ? "deployment.apps/payments unchanged" : "deployment.apps/payments configured";
  if (options_.newer) resource["images"] = {sync.image};
  state["syncResult"] = {{"revision", sync.revision}, {"source", Source()}, {"resources", {resource}}};
}

void ApplicationLife::Record(TrueSync* sync) {
  json& history = application_["status"]["history"];
  if (options_.history_limit == 0) return;
  sync->id = next_id_++;
  history.push_back({{"id", sync->id},
                     {"revision", sync->revision},
                     {"source", Source()},
                     {"deployStartedAt", Text(sync->started)},
                     {"deployedAt", Text(sync->recorded)},
                     {"initiatedBy", {{"automated", sync->automated}}}});
  shown_.push_back(static_cast<int>(syncs_.size()) - 1);
  if (static_cast<int>(shown_.size()) > options_.history_limit) {
    history.erase(0);
    shown_.erase(shown_.begin());
  }
  Write(false);
}

void ApplicationLife::SettleHealth(TrueSync* sync) {
  const absl::Time end = sync->kind == Kind::kFull && sync->id >= 0 ? sync->recorded : sync->finished;
  now_ = sync->finished + absl::Seconds(5);
  if (Below(3) == 0) {  // stays healthy
    sync->healthy = end;
    application_["status"]["reconciledAt"] = Text(now_);
    Write(true);
  } else {
    Health("Progressing", now_, now_);
    Write(true);
    now_ += absl::Seconds(30 + Below(3600));
    sync->healthy = now_;
    Health("Healthy", now_, now_);
    Write(true, options_.newer);
  }
  now_ += absl::Minutes(4);
  application_["status"]["reconciledAt"] = Text(now_);
  Write(true, options_.newer);
  if (Below(3) > 0) return;  // else pods come and go, long after
  now_ += absl::Minutes(30);
  Health("Progressing", now_, now_);
  Write(true);
  now_ += absl::Minutes(1);
  Health("Healthy", now_, now_);
  Write(true);
}

void ApplicationLife::Health(const char* status, absl::Time since, absl::Time reconciled) {
  application_["status"]["health"] = {{"status", status}};
  if (options_.newer) application_["status"]["health"]["lastTransitionTime"] = Text(since);
  application_["status"]["reconciledAt"] = Text(reconciled);
}

void ApplicationLife::Write(bool completed, bool healthy_known) {
  application_["metadata"]["resourceVersion"] = absl::StrCat(++resource_version_);
  moments_.push_back({application_.dump(), shown_, static_cast<int>(syncs_.size()) - 1, completed, healthy_known});
}

}  // namespace headway
