#include "ingester/argocd/declare_stream.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ingester/argocd/json_fields.h"
#include "ingester/argocd/names.h"

namespace headway::argocd {
namespace {

constexpr int kVersionBits = 38;  // of the resource version: a thousand changes a second for eight years
constexpr uint64_t kLargestVersion = (uint64_t{1} << kVersionBits) - 1;

// What is created later is later, whatever its resource version: a backup that is imported into another cluster begins anew there.
uint64_t VersionOf(const ArgoApplication& application) {
  const uint64_t created = static_cast<uint64_t>(absl::ToUnixSeconds(application.created)) / 60;
  return (created & ((uint64_t{1} << (63 - kVersionBits)) - 1)) << kVersionBits |
         std::min(application.resource_version, kLargestVersion);
}

bool IsPart(absl::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(),
                                      [](unsigned char c) { return c > ' ' && c != 0x7f && c != ':' && c != '/'; });
}

// "kind:namespace/name" or "kind:name". Shorter than what the service takes, by the namespace that it may have to add.
bool IsEntityRef(absl::string_view ref) {
  const size_t colon = ref.find(':');
  if (colon == absl::string_view::npos || ref.size() > kNameBytes - 16) return false;
  const absl::string_view rest = ref.substr(colon + 1);
  const size_t slash = rest.find('/');
  if (slash == absl::string_view::npos) return IsPart(ref.substr(0, colon)) && IsPart(rest);
  return IsPart(ref.substr(0, colon)) && IsPart(rest.substr(0, slash)) && IsPart(rest.substr(slash + 1));
}

std::string Annotation(const ArgoApplication& application, absl::string_view name) {
  const auto found = application.annotations.find(std::string(name));
  return found == application.annotations.end() ? "" : std::string(absl::StripAsciiWhitespace(found->second));
}

std::string EntityRef(const ArgoApplication& application, std::vector<std::string>* notes) {
  std::string ref = Annotation(application, "headway.dev/entity-ref");
  if (ref.empty() || IsEntityRef(ref)) return ref;
  notes->push_back("annotation headway.dev/entity-ref is no entity ref (\"kind:namespace/name\"): left out");
  return "";
}

bool NotCounted(const ArgoApplication& application, std::vector<std::string>* notes) {
  const std::string count = absl::AsciiStrToLower(Annotation(application, "headway.dev/count"));
  if (count == "true") return false;
  if (count == "false") return true;
  if (!count.empty()) notes->push_back("annotation headway.dev/count is neither \"true\" nor \"false\": left out");
  return application.app_of_apps;
}

}  // namespace

v1::StreamDeclaration DeclareStream(const ArgoApplication& application, const ArgoOptions& options,
                                    std::vector<std::string>* notes) {
  v1::StreamDeclaration stream;
  stream.set_stream(ArgoStream(application));
  stream.set_version(VersionOf(application));
  stream.set_name(application.name);
  stream.set_namespace_(application.name_space);
  stream.set_instance(options.instance);
  stream.set_entity_ref(EntityRef(application, notes));
  stream.mutable_labels()->insert(application.labels.begin(), application.labels.end());
  stream.set_destination_cluster(ArgoCluster(application));
  stream.set_destination_namespace(application.destination_namespace);
  stream.set_project(application.project);
  for (const std::string& url : application.repo_urls) {
    std::string repository = ArgoRepository(url);
    if (!repository.empty()) stream.add_repositories(std::move(repository));
  }
  stream.set_not_counted(NotCounted(application, notes));
  return stream;
}

bool WasDeclaredBy(const v1::StreamDeclaration& stream, absl::string_view list_version) {
  uint64_t listed = 0;
  return absl::SimpleAtoi(list_version, &listed) && stream.version() > kLargestVersion &&
         (stream.version() & kLargestVersion) <= listed;
}

}  // namespace headway::argocd
