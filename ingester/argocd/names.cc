#include "ingester/argocd/names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ingester/argocd/json_fields.h"
#include "ingester/git/repository_name.h"

namespace headway {
namespace {

std::string Rfc3339(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()); }

std::string Address(absl::string_view url) {
  if (const size_t scheme = url.find("://"); scheme != absl::string_view::npos) url.remove_prefix(scheme + 3);
  if (const size_t user = url.substr(0, url.find('/')).rfind('@'); user != absl::string_view::npos) {
    url.remove_prefix(user + 1);
  }
  url = url.substr(0, url.find_first_of("?#"));
  if (url.find('@') != absl::string_view::npos) return "";
  while (absl::ConsumeSuffix(&url, "/")) {
  }
  if (url.empty() || url[0] == '/' || url[0] == '.') return "";
  const size_t host = std::min(url.find('/'), url.size());
  return absl::StrCat(absl::AsciiStrToLower(url.substr(0, host)), url.substr(host));
}

}  // namespace

std::string ArgoStream(const ArgoApplication& application) {
  return absl::StrCat(application.name_space, "/", application.name);
}

std::string ArgoCluster(const ArgoApplication& application) {
  return application.destination_name.empty() ? application.destination_server : application.destination_name;
}

std::string ArgoEnvironment(const ArgoApplication& application) {
  const std::string cluster = ArgoCluster(application);
  std::string environment = absl::StrCat(cluster, "/", application.destination_namespace);
  return cluster.empty() || environment.size() > argocd::kNameBytes ? "unknown" : environment;
}

std::string HistoryKey(const ArgoApplication& application, const ArgoHistoryEntry& entry) {
  return absl::StrCat(ArgoStream(application), "/", entry.id, "/", Rfc3339(entry.deployed_at));
}

std::string OperationKey(const ArgoApplication& application, absl::Time started_at) {
  return absl::StrCat(ArgoStream(application), "/op/", Rfc3339(started_at));
}

std::string ArgoRepository(absl::string_view url) {
  if (absl::StartsWith(url, "file:")) return "";
  std::string name;
  if (!absl::StartsWith(url, "oci://")) name = RepositoryNameFromUrl(url);
  if (name.empty()) name = Address(url);
  return argocd::IsName(name) ? name : "";
}

google::protobuf::Timestamp ArgoTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

}  // namespace headway
