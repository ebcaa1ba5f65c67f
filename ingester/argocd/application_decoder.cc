#include "ingester/argocd/application_decoder.h"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingester/argocd/json_fields.h"
#include "ingester/argocd/status_fields.h"

namespace headway {
namespace {

using argocd::ArrayAt;
using argocd::IsName;
using argocd::JsonObject;
using argocd::kMaxSources;
using argocd::kPathBytes;
using argocd::kTextBytes;
using argocd::NameAt;
using argocd::Note;
using argocd::ObjectAt;
using argocd::ReadStatus;
using argocd::TextAt;
using argocd::TimeAt;

constexpr size_t kDepth = 256;
constexpr size_t kNameOfObject = 253;   // what Kubernetes allows
constexpr size_t kKeptBytes = 1 << 18;  // buffers for longer objects are given back
constexpr size_t kMaxLabels = 200;
constexpr absl::string_view kOwnAnnotations = "headway.dev/";

bool IsObjectName(absl::string_view name) { return IsName(name, kNameOfObject) && !absl::StrContains(name, "/"); }

// Pairs whose key begins with `prefix`.
std::map<std::string, std::string> ReadPairs(const JsonObject& metadata, absl::string_view field,
                                             absl::string_view prefix, ArgoApplication* application) {
  std::map<std::string, std::string> pairs;
  const auto json = ObjectAt(metadata, field);
  if (!json.has_value()) return pairs;
  for (const simdjson::dom::key_value_pair pair : *json) {
    const absl::string_view key(pair.key.data(), pair.key.size());
    std::string_view value;
    if (!absl::StartsWith(key, prefix) || !IsName(key)) continue;
    if (pair.value.get(value) != simdjson::SUCCESS ||
        (!value.empty() && !IsName({value.data(), value.size()}, kTextBytes))) {
      Note(absl::StrCat("metadata.", field, "[", key, "] is no text of at most ", kTextBytes, " bytes: left out"),
           application);
      continue;
    }
    if (pairs.size() >= kMaxLabels) {
      Note(absl::StrCat("metadata.", field, " has more than ", kMaxLabels, " elements: the rest is left out"),
           application);
      break;
    }
    pairs.emplace(key, value);
  }
  return pairs;
}

absl::Status ReadMetadata(const JsonObject& root, ArgoApplication* application) {
  const auto metadata = ObjectAt(root, "metadata");
  if (!metadata.has_value()) return absl::InvalidArgumentError("metadata is missing");
  application->name = NameAt(*metadata, "name");
  application->name_space = NameAt(*metadata, "namespace");
  if (!IsObjectName(application->name)) return absl::InvalidArgumentError("metadata.name is no name of an object");
  if (!IsObjectName(application->name_space)) {
    return absl::InvalidArgumentError("metadata.namespace is no name of an object");
  }
  if (!absl::SimpleAtoi(TextAt(*metadata, "resourceVersion"), &application->resource_version)) {
    application->resource_version = 0;
  }
  application->created = TimeAt(*metadata, "creationTimestamp").value_or(absl::UnixEpoch());
  application->labels = ReadPairs(*metadata, "labels", "", application);
  application->annotations = ReadPairs(*metadata, "annotations", kOwnAnnotations, application);
  return absl::OkStatus();
}

void AddRepository(const JsonObject& source, ArgoApplication* application) {
  std::string url = NameAt(source, "repoURL", kPathBytes);
  std::vector<std::string>& urls = application->repo_urls;
  if (url.empty() || urls.size() >= kMaxSources || std::find(urls.begin(), urls.end(), url) != urls.end()) return;
  urls.push_back(std::move(url));
}

void ReadSpecification(const JsonObject& spec, ArgoApplication* application) {
  application->project = NameAt(spec, "project");
  if (const auto destination = ObjectAt(spec, "destination")) {
    application->destination_name = NameAt(*destination, "name");
    application->destination_server = NameAt(*destination, "server");
    application->destination_namespace = NameAt(*destination, "namespace");
  }
  if (const auto source = ObjectAt(spec, "source")) AddRepository(*source, application);
  if (const auto sources = ArrayAt(spec, "sources")) {
    for (const simdjson::dom::element element : *sources) {
      JsonObject source;
      if (element.get(source) == simdjson::SUCCESS) AddRepository(source, application);
    }
  }
  if (const auto hydrator = ObjectAt(spec, "sourceHydrator")) {
    if (const auto sync = ObjectAt(*hydrator, "syncSource")) AddRepository(*sync, application);
    if (const auto dry = ObjectAt(*hydrator, "drySource")) AddRepository(*dry, application);
  }
}

absl::StatusOr<ArgoApplication> ReadApplication(const simdjson::dom::element& document) {
  JsonObject root;
  if (document.get(root) != simdjson::SUCCESS) return absl::InvalidArgumentError("it is no JSON object");
  const absl::string_view kind = TextAt(root, "kind");
  const absl::string_view version = TextAt(root, "apiVersion");
  // Elements of a list may leave both to the list.
  if ((!kind.empty() && kind != "Application") || (!version.empty() && !absl::StartsWith(version, "argoproj.io/"))) {
    return absl::InvalidArgumentError("it is no Application of argoproj.io");
  }
  ArgoApplication application;
  if (absl::Status status = ReadMetadata(root, &application); !status.ok()) return status;
  if (const auto spec = ObjectAt(root, "spec")) ReadSpecification(*spec, &application);
  if (const auto status = ObjectAt(root, "status")) ReadStatus(*status, &application);
  return application;
}

}  // namespace

struct ApplicationDecoder::Buffers {
  simdjson::dom::parser parser;
  std::string padded;
};

ApplicationDecoder::ApplicationDecoder(size_t max_bytes) : max_bytes_(max_bytes) {}
ApplicationDecoder::~ApplicationDecoder() = default;
ApplicationDecoder::ApplicationDecoder(ApplicationDecoder&&) noexcept = default;
ApplicationDecoder& ApplicationDecoder::operator=(ApplicationDecoder&&) noexcept = default;

absl::StatusOr<ArgoApplication> ApplicationDecoder::Decode(absl::string_view json) {
  if (json.size() > max_bytes_) {
    return absl::ResourceExhaustedError(absl::StrCat("while decoding an Application: it has ", json.size(),
                                                     " bytes, at most ", max_bytes_, " are read"));
  }
  if (buffers_ == nullptr) {
    buffers_ = std::make_unique<Buffers>();
    if (buffers_->parser.allocate(kKeptBytes, kDepth) != simdjson::SUCCESS) {
      buffers_ = nullptr;
      return absl::ResourceExhaustedError("while decoding an Application: no memory");
    }
  }
  std::string& padded = buffers_->padded;
  padded.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  padded.assign(json.data(), json.size());
  simdjson::dom::element document;
  const simdjson::error_code error = buffers_->parser.parse(padded.data(), json.size(), false).get(document);
  absl::StatusOr<ArgoApplication> read = error != simdjson::SUCCESS
                                             ? absl::InvalidArgumentError(simdjson::error_message(error))
                                             : ReadApplication(document);
  if (json.size() > kKeptBytes) buffers_ = nullptr;
  if (read.ok()) return read;
  return absl::Status(read.status().code(), absl::StrCat("while decoding an Application: ", read.status().message()));
}

}  // namespace headway
