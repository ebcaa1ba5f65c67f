#include "ingester/catalog/entity.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"

namespace headway::catalog {
namespace {

// pagerduty.com/integration-key is left out: it lets its holder raise incidents.
constexpr absl::string_view kAnnotations[] = {
    "backstage.io/kubernetes-id",
    "backstage.io/kubernetes-label-selector",
    "backstage.io/kubernetes-namespace",
    "backstage.io/source-location",
    "bitbucket.org/project-slug",
    "github.com/project-slug",
    "github.com/team-slug",
    "gitlab.com/project-slug",
    "opsgenie.com/component-selector",
    "opsgenie.com/team",
    "pagerduty.com/service-id",
};
constexpr absl::string_view kPrefixes[] = {"argocd/", "headway.dev/"};
constexpr absl::string_view kKinds[] = {"component", "api", "resource", "system", "domain", "group", "user"};

}  // namespace

bool KeepsAnnotation(absl::string_view name) {
  return std::find(std::begin(kAnnotations), std::end(kAnnotations), name) != std::end(kAnnotations) ||
         std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [name](absl::string_view prefix) { return absl::StartsWith(name, prefix); });
}

bool KeepsKind(absl::string_view kind) {
  return std::any_of(std::begin(kKinds), std::end(kKinds),
                     [kind](absl::string_view kept) { return absl::EqualsIgnoreCase(kind, kept); });
}

}  // namespace headway::catalog
