#include "ingester/argocd/operation_fields.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/argocd/status_fields.h"

namespace headway::argocd {
namespace {

ArgoSource ReadSource(const JsonObject& json, std::string revision) {
  ArgoSource source;
  source.revision = std::move(revision);
  source.repo_url = NameAt(json, "repoURL", kPathBytes);
  source.chart = NameAt(json, "chart");
  source.path = NameAt(json, "path", kPathBytes);
  source.fingerprint = SourceFingerprint(json);
  return source;
}

// kubectl's word for a resource that was as it should be already; warnings may follow.
bool SaysUnchanged(absl::string_view message) {
  constexpr absl::string_view kWord = " unchanged";
  const size_t at = message.find(kWord);
  if (at == absl::string_view::npos) return false;
  const absl::string_view rest = message.substr(at + kWord.size());
  return rest.empty() || rest.find_first_of(". (\n,;") == 0;
}

bool IsDefault(const absl::string_view status) { return status.empty() || status == "Synced"; }

// What became of one resource. Hooks run beside what is deployed, and what was not pruned was left as it was.
void ReadResource(const JsonObject& resource, ArgoOperation* operation) {
  const absl::string_view status = TextAt(resource, "status");
  if (!TextAt(resource, "hookType").empty() || status == "PruneSkipped") return;
  ++operation->applied;
  if (IsDefault(status) && SaysUnchanged(TextAt(resource, "message"))) ++operation->unchanged;
  if (!IsDefault(status)) return;
  for (std::string& image : NamesAt(resource, "images", kMaxImages)) {
    if (operation->images.size() < 4 * kMaxImages) operation->images.push_back(std::move(image));
  }
}

void ReadResult(const JsonObject& result, ArgoOperation* operation) {
  operation->has_result = true;
  operation->sources = ReadSources(result);
  if (const auto resources = ArrayAt(result, "resources")) {
    for (const simdjson::dom::element element : *resources) {
      JsonObject resource;
      if (element.get(resource) == simdjson::SUCCESS) ReadResource(resource, operation);
    }
  }
  std::vector<std::string>& images = operation->images;
  std::sort(images.begin(), images.end());
  images.erase(std::unique(images.begin(), images.end()), images.end());
  if (images.size() > kMaxImages) images.resize(kMaxImages);
}

void ReadRequest(const JsonObject& request, ArgoOperation* operation) {
  if (const auto initiator = ObjectAt(request, "initiatedBy")) operation->automated = TrueAt(*initiator, "automated");
  const auto sync = ObjectAt(request, "sync");
  if (!sync.has_value()) return;
  operation->dry_run = TrueAt(*sync, "dryRun");
  if (const auto resources = ArrayAt(*sync, "resources")) operation->partial = resources->size() > 0;
  const std::vector<std::string> options = NamesAt(*sync, "syncOptions", 100);
  operation->only_out_of_sync = std::find(options.begin(), options.end(), "ApplyOutOfSyncOnly=true") != options.end();
}

std::optional<ArgoOperation::Phase> PhaseOf(absl::string_view phase) {
  if (phase == "Running" || phase == "Terminating") return ArgoOperation::Phase::kRunning;
  if (phase == "Succeeded") return ArgoOperation::Phase::kSucceeded;
  if (phase == "Failed" || phase == "Error") return ArgoOperation::Phase::kFailed;
  return std::nullopt;
}

}  // namespace

std::vector<ArgoSource> ReadSources(const JsonObject& json) {
  std::vector<ArgoSource> sources;
  const auto several = ArrayAt(json, "sources");
  if (!several.has_value() || several->size() == 0) {
    if (const auto one = ObjectAt(json, "source")) sources.push_back(ReadSource(*one, NameAt(json, "revision")));
    return sources;
  }
  // Parallel lists; the second may be shorter.
  const auto list = ArrayAt(json, "revisions");
  const simdjson::dom::array revisions = list.value_or(simdjson::dom::array());
  auto next = list.has_value() ? revisions.begin() : several->end();
  const auto end = list.has_value() ? revisions.end() : several->end();
  for (const simdjson::dom::element element : *several) {
    JsonObject source;
    std::string_view revision;
    if (next != end) {
      if ((*next).get(revision) != simdjson::SUCCESS || !IsName({revision.data(), revision.size()})) revision = {};
      ++next;
    }
    if (sources.size() < kMaxSources && element.get(source) == simdjson::SUCCESS) {
      sources.push_back(ReadSource(source, std::string(revision)));
    }
  }
  return sources;
}

void ReadOperation(const JsonObject& state, ArgoApplication* application) {
  const std::optional<ArgoOperation::Phase> phase = PhaseOf(TextAt(state, "phase"));
  const std::optional<absl::Time> started = TimeAt(state, "startedAt");
  if (!phase.has_value()) return Note("status.operationState.phase is none that is known: left out", application);
  if (!started.has_value()) return Note("status.operationState.startedAt is no time: left out", application);
  ArgoOperation operation;
  operation.phase = *phase;
  operation.started_at = *started;
  operation.finished_at = TimeAt(state, "finishedAt");
  if (operation.phase != ArgoOperation::Phase::kRunning && !operation.finished_at.has_value()) {
    return Note("status.operationState.finishedAt is no time: left out", application);
  }
  if (const auto request = ObjectAt(state, "operation")) ReadRequest(*request, &operation);
  if (const auto result = ObjectAt(state, "syncResult")) ReadResult(*result, &operation);
  application->operation = std::move(operation);
}

}  // namespace headway::argocd
