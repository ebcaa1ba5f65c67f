#include "ingester/catalog/repository_location.h"

#include <algorithm>
#include <set>

#include <simdjson.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace headway::catalog {
namespace {

using Segments = std::vector<std::string>;

constexpr size_t kMaxRepositories = 100;
constexpr size_t kMaxBytes = 512;

// "%20" and the like; nothing where the text is broken, or hides a slash or a control character.
std::optional<std::string> Unescaped(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2])))
      return std::nullopt;
    out += absl::HexStringToBytes(text.substr(i + 1, 2));
    i += 2;
  }
  const bool clean =
      std::all_of(out.begin(), out.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f && c != '/'; });
  return clean && simdjson::validate_utf8(out.data(), out.size()) ? std::optional(out) : std::nullopt;
}

// The segments of a path; nothing where one is broken or climbs.
std::optional<Segments> SegmentsOf(absl::string_view path) {
  Segments segments;
  for (const absl::string_view piece : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    std::optional<std::string> segment = Unescaped(piece);
    if (!segment.has_value() || *segment == "..") return std::nullopt;
    if (*segment != ".") segments.push_back(*std::move(segment));
  }
  return segments;
}

struct Address {
  std::string host;
  Segments path;
  std::string query;
};

bool IsHost(absl::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == ':' || c == '_';
  });
}

// An address with a scheme, or git's "user@host:path".
std::optional<Address> ParseAddress(absl::string_view text) {
  absl::string_view authority, path;
  if (const size_t scheme = text.find("://"); scheme != absl::string_view::npos) {
    const absl::string_view name = text.substr(0, scheme);
    if (name != "https" && name != "http" && name != "ssh" && name != "git") return std::nullopt;
    absl::string_view rest = text.substr(scheme + 3);
    const size_t slash = rest.find('/');
    authority = rest.substr(0, slash);
    path = slash == absl::string_view::npos ? absl::string_view() : rest.substr(slash);
    // Ports of ssh and git are not the forge's; the standard ones of the web say nothing.
    const size_t colon = authority.rfind(':');
    if (colon != absl::string_view::npos &&
        (name == "ssh" || name == "git" || absl::EndsWith(authority, ":443") || absl::EndsWith(authority, ":80")))
      authority = authority.substr(0, colon);
  } else if (const size_t at = text.find('@');
             at != absl::string_view::npos && text.find(':', at) != absl::string_view::npos) {
    const size_t colon = text.find(':', at);
    authority = text.substr(0, colon);
    path = text.substr(colon + 1);
  } else {
    return std::nullopt;
  }
  if (const size_t at = authority.rfind('@'); at != absl::string_view::npos) authority = authority.substr(at + 1);
  Address address;
  address.host = absl::AsciiStrToLower(authority);
  path = path.substr(0, path.find('#'));
  if (const size_t question = path.find('?'); question != absl::string_view::npos) {
    address.query = std::string(path.substr(question + 1));
    path = path.substr(0, question);
  }
  std::optional<Segments> segments = SegmentsOf(path);
  if (!segments.has_value() || !IsHost(address.host)) return std::nullopt;
  address.path = *std::move(segments);
  return address;
}

// How a forge writes a place: what stands between the repository and the path.
struct Form {
  Segments marker;
  size_t branch_segments;  // that follow it
  bool file;               // it names a file, whose folder is meant
};
const std::vector<Form>& Forms() {
  static const auto& forms = *new std::vector<Form>{
      {{"-", "tree"}, 1, false},  {{"-", "blob"}, 1, true},
      {{"-", "raw"}, 1, true},    {{"src", "branch"}, 1, false},
      {{"src", "tag"}, 1, false}, {{"src", "commit"}, 1, false},
      {{"tree"}, 1, false},       {{"blob"}, 1, true},
      {{"edit"}, 1, true},        {{"raw"}, 1, true},
      {{"src"}, 1, false},
  };
  return forms;
}

bool LooksLikeFile(const std::string& name) { return absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml"); }

// Where the form's marker begins, at least two segments (owner and name) in; 0: nowhere. GitLab's groups may be nested, so only "-" is looked for further in.
size_t Find(const Form& form, const Segments& path) {
  const size_t last = form.marker[0] == "-" ? path.size() : std::min<size_t>(path.size(), 3);
  for (size_t at = 2; at < last && at + form.marker.size() <= path.size(); ++at) {
    if (std::equal(form.marker.begin(), form.marker.end(), path.begin() + static_cast<ptrdiff_t>(at))) return at;
  }
  return 0;
}

std::optional<RepositoryLocation> Location(const std::string& host, Segments repository, Segments path) {
  if (repository.size() < 2) return std::nullopt;
  repository.back() = std::string(absl::StripSuffix(repository.back(), ".git"));
  if (repository.back().empty()) return std::nullopt;
  RepositoryLocation location{absl::StrCat(host, "/", absl::StrJoin(repository, "/")), absl::StrJoin(path, "/")};
  if (location.repository.size() > kMaxBytes) return std::nullopt;
  return location;
}

// Azure DevOps has the path in the query: "?path=/services/a".
Segments PathOfQuery(absl::string_view query) {
  for (const absl::string_view pair : absl::StrSplit(query, '&')) {
    absl::string_view value = pair;
    if (!absl::ConsumePrefix(&value, "path=")) continue;
    std::string path = absl::StrReplaceAll(value, {{"%2F", "/"}, {"%2f", "/"}});
    Segments segments = SegmentsOf(path).value_or(Segments());
    if (!segments.empty() && LooksLikeFile(segments.back())) segments.pop_back();
    return segments;
  }
  return {};
}

bool IsSlug(absl::string_view slug) {
  const std::vector<absl::string_view> parts = absl::StrSplit(slug, '/');
  return parts.size() >= 2 && slug.size() < kMaxBytes &&
         std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
           return !part.empty() && part != ".." && std::all_of(part.begin(), part.end(), [](unsigned char c) {
             return c > ' ' && c != 0x7f && c != ':';
           });
         });
}

std::string ValueOf(const std::map<std::string, std::string>& annotations, const std::string& name) {
  const auto found = annotations.find(name);
  return found == annotations.end() ? "" : std::string(absl::StripAsciiWhitespace(found->second));
}

// Explicit ones: "host/owner/name[:path], ...".
std::set<std::pair<std::string, std::string>> Listed(const std::string& text) {
  std::set<std::pair<std::string, std::string>> found;
  for (const absl::string_view piece : absl::StrSplit(text, ',')) {
    const absl::string_view one = absl::StripAsciiWhitespace(piece);
    const absl::string_view repository = one.substr(0, one.find(':'));
    if (!IsSlug(repository) || std::count(repository.begin(), repository.end(), '/') < 2) continue;
    const std::optional<Segments> path =
        SegmentsOf(one.size() > repository.size() ? one.substr(repository.size() + 1) : "");
    if (!path.has_value()) continue;
    const size_t slash = repository.find('/');
    found.emplace(absl::StrCat(absl::AsciiStrToLower(repository.substr(0, slash)),
                               absl::StripSuffix(repository.substr(slash), ".git")),
                  absl::StrJoin(*path, "/"));
  }
  return found;
}

std::optional<RepositoryLocation> Derived(const std::map<std::string, std::string>& annotations) {
  const std::optional<RepositoryLocation> location =
      ParseSourceLocation(ValueOf(annotations, "backstage.io/source-location"));
  for (const char* forge : {"github.com", "gitlab.com", "bitbucket.org"}) {
    const std::string slug(absl::StripSuffix(ValueOf(annotations, absl::StrCat(forge, "/project-slug")), ".git"));
    if (!IsSlug(slug)) continue;
    // A forge of one's own: only the source location knows its host.
    if (location.has_value() && absl::EndsWithIgnoreCase(location->repository, absl::StrCat("/", slug)))
      return location;
    return RepositoryLocation{absl::StrCat(forge, "/", slug), ""};
  }
  return location;
}

}  // namespace

std::optional<RepositoryLocation> ParseSourceLocation(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  absl::ConsumePrefix(&value, "url:");
  const std::optional<Address> address = ParseAddress(value);
  if (!address.has_value()) return std::nullopt;
  const Segments& path = address->path;
  for (const Form& form : Forms()) {
    const size_t at = Find(form, path);
    if (at == 0) continue;
    Segments inside(
        path.begin() + static_cast<ptrdiff_t>(std::min(path.size(), at + form.marker.size() + form.branch_segments)),
        path.end());
    if (!inside.empty() && (form.file || LooksLikeFile(inside.back()))) inside.pop_back();
    return Location(address->host, Segments(path.begin(), path.begin() + static_cast<ptrdiff_t>(at)),
                    std::move(inside));
  }
  return Location(address->host, path, PathOfQuery(address->query));
}

std::vector<v1::EntityRepository> RepositoriesOf(const std::map<std::string, std::string>& annotations) {
  std::set<std::pair<std::string, std::string>> places = Listed(ValueOf(annotations, "headway.dev/repositories"));
  if (places.empty()) {
    if (const auto one = Derived(annotations)) places.emplace(one->repository, one->path);
  }
  std::vector<v1::EntityRepository> repositories;
  for (const auto& [repository, path] : places) {
    if (repositories.empty() || repositories.back().repository() != repository) {
      if (repositories.size() == kMaxRepositories) break;
      repositories.emplace_back().set_repository(repository);
      // All of it comes first, and holds every path.
      if (path.empty()) continue;
    } else if (repositories.back().path_prefixes().empty()) {
      continue;
    }
    repositories.back().add_path_prefixes(path);
  }
  return repositories;
}

}  // namespace headway::catalog
