#include "ingester/argocd/status_fields.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ingester/argocd/operation_fields.h"

namespace headway::argocd {
namespace {

ArgoHealth HealthOf(absl::string_view status) {
  if (status == "Healthy") return ArgoHealth::kHealthy;
  if (status == "Degraded") return ArgoHealth::kDegraded;
  return status.empty() || status == "Unknown" ? ArgoHealth::kUnknown : ArgoHealth::kOther;
}

std::optional<ArgoHistoryEntry> ReadEntry(const JsonObject& json, size_t index, ArgoApplication* application) {
  const auto at = [&](absl::string_view field) { return absl::StrCat("status.history[", index, "].", field); };
  ArgoHistoryEntry entry;
  const std::optional<absl::Time> deployed = TimeAt(json, "deployedAt");
  if (!deployed.has_value()) {
    Note(absl::StrCat(at("deployedAt"), " is no time: the entry is left out"), application);
    return std::nullopt;
  }
  const std::optional<int64_t> id = NumberAt(json, "id");
  if (!id.has_value() || *id < 0) {
    Note(absl::StrCat(at("id"), " is no number from 0 on: the entry is left out"), application);
    return std::nullopt;
  }
  entry.id = *id;
  entry.deployed_at = *deployed;
  entry.started_at = TimeAt(json, "deployStartedAt");
  entry.sources = ReadSources(json);
  if (const auto initiator = ObjectAt(json, "initiatedBy")) entry.automated = TrueAt(*initiator, "automated");
  return entry;
}

void ReadHistory(const simdjson::dom::array& history, ArgoApplication* application) {
  const size_t count = history.size();  // saturates far above kMaxHistory
  size_t index = 0;
  if (count > kMaxHistory)
    Note(absl::StrCat("status.history has ", count, " entries: the oldest are left out"), application);
  for (const simdjson::dom::element element : history) {
    JsonObject json;
    const size_t at = index++;
    if (count > kMaxHistory && at < count - kMaxHistory) continue;
    if (element.get(json) != simdjson::SUCCESS) continue;
    if (auto entry = ReadEntry(json, at, application)) application->history.push_back(*std::move(entry));
  }
}

// What it manages. Before Argo CD 3.5 the summary does not say whether Applications are among it.
bool ManagesApplications(const JsonObject& status) {
  if (const auto summary = ObjectAt(status, "summary"); summary.has_value() && TrueAt(*summary, "isAppOfApps")) {
    return true;
  }
  const auto resources = ArrayAt(status, "resources");
  if (!resources.has_value()) return false;
  for (const simdjson::dom::element element : *resources) {
    JsonObject resource;
    if (element.get(resource) != simdjson::SUCCESS || TextAt(resource, "group") != "argoproj.io") continue;
    const absl::string_view kind = TextAt(resource, "kind");
    if (kind == "Application" || kind == "ApplicationSet") return true;
  }
  return false;
}

void ReadHydration(const JsonObject& hydrator, absl::string_view field, ArgoApplication* application) {
  const auto hydration = ObjectAt(hydrator, field);
  if (!hydration.has_value()) return;
  ArgoHydration read;
  read.hydrated_sha = NameAt(*hydration, "hydratedSHA");
  read.dry_sha = NameAt(*hydration, "drySHA");
  if (const auto config = ObjectAt(*hydration, "sourceHydrator")) {
    if (const auto dry = ObjectAt(*config, "drySource")) read.dry_repo_url = NameAt(*dry, "repoURL", kPathBytes);
  }
  if (!read.hydrated_sha.empty() && !read.dry_sha.empty()) application->hydrations.push_back(std::move(read));
}

void ReadHealth(const JsonObject& status, ArgoApplication* application) {
  if (const auto health = ObjectAt(status, "health")) {
    application->health = HealthOf(TextAt(*health, "status"));
    application->health_since = TimeAt(*health, "lastTransitionTime");
  }
  application->reconciled_at = TimeAt(status, "reconciledAt");
}

}  // namespace

uint64_t SourceFingerprint(const JsonObject& source) {
  std::string text;
  for (const simdjson::dom::key_value_pair field : source) {
    if (field.key != "targetRevision")
      absl::StrAppend(&text, std::string(field.key), "\n", simdjson::minify(field.value), "\n");
  }
  return absl::Hash<std::string>{}(text);
}

void Note(std::string note, ArgoApplication* application) {
  if (application->notes.size() < kMaxNotes) application->notes.push_back(std::move(note));
}

void ReadStatus(const JsonObject& status, ArgoApplication* application) {
  ReadHealth(status, application);
  application->app_of_apps = ManagesApplications(status);
  if (const auto sync = ObjectAt(status, "sync")) {
    application->synced = TextAt(*sync, "status") == "Synced";
    application->compared_revisions = NamesAt(*sync, "revisions", kMaxSources);
    if (application->compared_revisions.empty()) {
      if (std::string one = NameAt(*sync, "revision"); !one.empty()) application->compared_revisions = {std::move(one)};
    }
  }
  if (const auto summary = ObjectAt(status, "summary")) {
    application->running_images = NamesAt(*summary, "images", kMaxImages);
  }
  if (const auto hydrator = ObjectAt(status, "sourceHydrator")) {
    ReadHydration(*hydrator, "lastSuccessfulOperation", application);
    if (const auto current = ObjectAt(*hydrator, "currentOperation");
        current && TextAt(*current, "phase") == "Hydrated") {
      ReadHydration(*hydrator, "currentOperation", application);
    }
  }
  if (const auto history = ArrayAt(status, "history")) ReadHistory(*history, application);
  if (const auto operation = ObjectAt(status, "operationState")) ReadOperation(*operation, application);
}

}  // namespace headway::argocd
