#include "services/configuration/configuration.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/base/policy_text.h"
#include "services/base/yaml_document.h"
#include "services/configuration/rules.h"
#include "services/configuration/section.h"
#include "services/metrics/metric_query.h"

namespace headway {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

// Names that become part of a source: as strict as possible, since they are labels of instruments too.
std::string Name(Section& section, absl::string_view setting, const std::string& otherwise) {
  const std::string name = section.Text(setting);
  if (name.empty()) return otherwise;
  for (const char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') continue;
    section.Fail(setting,
                 absl::StrCat("is \"", name, "\": only letters, digits, \"-\", \"_\" and \".\" may be in a name"));
    return otherwise;
  }
  if (name.size() > 100) section.Fail(setting, "is longer than 100 bytes");
  return name;
}

// As Kubernetes has it (RFC 1123 label).
bool IsNamespace(const std::string& name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           c == '-';
  });
}

// A path from the folder of the configuration file.
std::string Path(Section& section, absl::string_view setting, const std::string& file) {
  const std::string path = section.Text(setting);
  if (path.empty() || path[0] == '/') return path;
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

std::string Url(Section& section, absl::string_view setting) {
  std::string url = section.Text(setting);
  if (url.empty()) return url;
  const bool is_web = absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://");
  const bool is_plain = url.find_first_of(" ?#@") == std::string::npos && url.find("//") + 2 < url.size();
  if (!is_web || !is_plain)
    section.Fail(
        setting,
        absl::StrCat("is \"", url,
                     "\", not an address such as https://portal.example.org, without user, query and fragment"));
  while (absl::EndsWith(url, "/")) url.pop_back();
  return url;
}

void ReadBackstage(Section& section, const std::string& file, CatalogConfiguration* catalog) {
  catalog->url = Url(section, "url");
  if (!section.Has("url")) section.Fail("url", "is required");
  catalog->token_file = Path(section, "token_file", file);
  catalog->ca_file = Path(section, "ca_file", file);
  catalog->page_size = section.Number("page_size", catalog->page_size, 1, 5000);
  catalog->every = section.Duration("every", absl::Seconds(30), absl::Seconds(1), absl::Hours(24));
}

void ReadFolder(Section& section, const std::string& file, CatalogConfiguration* catalog) {
  catalog->folder = Path(section, "path", file);
  if (!section.Has("path")) section.Fail("path", "is required");
  catalog->every = section.Duration("every", absl::Seconds(5), absl::Seconds(1), absl::Hours(24));
}

void ReadCatalog(Section& section, const std::string& file, Configuration* configuration) {
  CatalogConfiguration catalog;
  section.Inside("backstage", [&](Section& backstage) { ReadBackstage(backstage, file, &catalog); });
  section.Inside("folder", [&](Section& folder) { ReadFolder(folder, file, &catalog); });
  if (section.Has("backstage") == section.Has("folder"))
    section.Fail("", "exactly one of backstage and folder is required");
  catalog.name = Name(section, "name", section.Has("folder") ? "folder" : "backstage");
  configuration->catalog = std::move(catalog);
}

void ReadArgoCd(Section& section, const std::string& file, std::set<std::string>* names, Configuration* configuration) {
  ArgoCdConfiguration instance;
  instance.name = Name(section, "name", "argocd");
  if (!names->insert(instance.name).second)
    section.Fail("name", absl::StrCat("\"", instance.name, "\" is the name of another instance above"));
  instance.namespaces = section.Texts("namespaces");
  for (const std::string& name : instance.namespaces) {
    if (!IsNamespace(name)) section.Fail("namespaces", absl::StrCat("\"", name, "\" is no name of a namespace"));
  }
  instance.kubeconfig = Path(section, "kubeconfig", file);
  instance.context = section.Text("context");
  if (!instance.context.empty() && instance.kubeconfig.empty()) section.Fail("context", "needs a kubeconfig");
  configuration->argocd.push_back(std::move(instance));
}

void ReadPolicies(Section& section, Configuration* configuration) {
  const auto* descriptor = v1::Policies::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const std::string& name = descriptor->field(i)->name();
    const std::string value = section.Text(name);
    if (value.empty()) continue;
    const absl::Status status = SetPolicy(name, value, &configuration->policies);
    if (!status.ok()) section.Fail(name, status.message());
  }
  // The bounds are those of a request.
  v1::MetricScope scope;
  *scope.mutable_policies() = configuration->policies;
  const absl::Status status = CheckScope(scope, absl::UnixEpoch()).status();
  if (status.ok()) return;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(status.message(), absl::MaxSplits(": ", 1));
  section.Fail(absl::StripPrefix(parts.first, "scope.policies."), parts.second);
}

void ReadAll(Section& root, const std::string& file, Configuration* configuration) {
  root.Inside("catalog", [&](Section& section) { ReadCatalog(section, file, configuration); });
  std::set<std::string> mapping_ids, environment_ids, tag_ids, instances;
  root.Each("mapping", [&](Section& section) { ReadMappingRule(section, &mapping_ids, configuration); });
  root.Each("environments", [&](Section& section) { ReadEnvironmentRule(section, &environment_ids, configuration); });
  root.Each("image_tags", [&](Section& section) { ReadImageTagRule(section, &tag_ids, configuration); });
  root.Inside("policies", [&](Section& section) { ReadPolicies(section, configuration); });
  root.Each("argocd", [&](Section& section) { ReadArgoCd(section, file, &instances, configuration); });
  root.Finish();
}

}  // namespace

absl::StatusOr<Configuration> ParseConfiguration(absl::string_view text, const std::string& file) {
  Faults faults(file);
  std::vector<YamlNode> documents;
  if (const auto fault = ParseYaml(text, {.bytes = kMaxBytes}, &documents)) {
    faults.Add(fault->line, "", fault->reason);
    return faults.ToStatus();
  }
  Configuration configuration;
  if (documents.empty()) return configuration;
  if (documents.size() > 1) faults.Add(documents[1].line, "", "is a second document; the file has one");
  Section root(documents[0], "", &faults);
  ReadAll(root, file, &configuration);
  if (!faults.empty()) return faults.ToStatus();
  return configuration;
}

absl::StatusOr<Configuration> ReadConfiguration(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  std::error_code error;
  if (!in || std::filesystem::is_directory(file, error))
    return absl::NotFoundError(absl::StrCat(file, ": cannot be read"));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return ParseConfiguration(text, file);
}

}  // namespace headway
