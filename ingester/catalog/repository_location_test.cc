#include "ingester/catalog/repository_location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway::catalog {
namespace {

// "repository path" or "-".
std::string Located(absl::string_view value) {
  const std::optional<RepositoryLocation> location = ParseSourceLocation(value);
  return location.has_value() ? absl::StrCat(location->repository, " ", location->path) : "-";
}

TEST(SourceLocation, NamesARepositoryAndAPathOfIt) {
  const struct {
    const char* value;
    const char* wanted;
  } kTable[] = {
      {"url:https://github.com/acme/shop", "github.com/acme/shop "},
      {"url:https://github.com/acme/shop.git", "github.com/acme/shop "},
      {"url:https://GitHub.com/Acme/Shop/", "github.com/Acme/Shop "},
      {"https://github.com/acme/shop/tree/main/", "github.com/acme/shop "},
      {"url:https://github.com/acme/shop/tree/main", "github.com/acme/shop "},
      {"url:https://github.com/acme/shop/tree/main/services/a/", "github.com/acme/shop services/a"},
      {"url:https://github.com/acme/shop/tree/main/services//a/./", "github.com/acme/shop services/a"},
      {"url:https://github.com/acme/shop/blob/main/services/a/catalog-info.yaml", "github.com/acme/shop services/a"},
      {"url:https://github.com/acme/shop/blob/main/catalog-info.yaml", "github.com/acme/shop "},
      {"url:https://github.com/acme/tree/tree/main/a", "github.com/acme/tree a"},
      {"url:https://ghe.example.com:8443/acme/shop/tree/main/a", "ghe.example.com:8443/acme/shop a"},
      {"url:https://ghe.example.com:443/acme/shop", "ghe.example.com/acme/shop "},
      {"url:https://gitlab.com/group/sub/shop/-/tree/main/services/a", "gitlab.com/group/sub/shop services/a"},
      {"url:https://gitlab.com/group/sub/tree/-/blob/main/a/catalog-info.yaml", "gitlab.com/group/sub/tree a"},
      {"url:https://gitlab.com/group/sub/shop", "gitlab.com/group/sub/shop "},
      {"url:https://bitbucket.org/acme/shop/src/master/a/", "bitbucket.org/acme/shop a"},
      {"url:https://gitea.example.com/acme/shop/src/branch/main/a/catalog-info.yaml", "gitea.example.com/acme/shop a"},
      {"url:https://dev.azure.com/org/project/_git/shop?path=/services/a/catalog-info.yaml",
       "dev.azure.com/org/project/_git/shop services/a"},
      {"url:https://dev.azure.com/org/project/_git/shop?path=%2Fservices%2Fa&version=GBmain",
       "dev.azure.com/org/project/_git/shop services/a"},
      {"url:https://user:secret@github.com/acme/shop", "github.com/acme/shop "},
      {"url:ssh://git@github.com:22/acme/shop.git", "github.com/acme/shop "},
      {"git@github.com:acme/shop.git", "github.com/acme/shop "},
      {"url:https://github.com/acme/shop/tree/main/a%20b", "github.com/acme/shop a b"},
      {"url:https://github.com/acme/shop/tree/main/a#L1", "github.com/acme/shop a"},
      {"url:https://github.com/acme", "-"},
      {"url:https://github.com/acme/.git", "-"},
      {"url:https://github.com/acme/shop/tree/main/../../x", "-"},
      {"url:https://github.com/acme/shop/tree/main/%2e%2e/x", "-"},
      {"url:https://github.com/acme/shop/tree/main/a%2Fb", "-"},
      {"url:https://github.com/acme/shop/tree/main/a%0ab", "-"},
      {"url:https://github.com/acme/shop/tree/main/a%zz", "-"},
      {"url:https://github.com/acme/shop/tree/main/%ff", "-"},
      {"url:https://git hub.com/acme/shop", "-"},
      {"file:/srv/catalog/a.yaml", "-"},
      {"dir:./a", "-"},
      {"url:javascript://github.com/acme/shop", "-"},
      {"url:", "-"},
      {"", "-"},
  };
  for (const auto& row : kTable) EXPECT_EQ(Located(row.value), row.wanted) << row.value;
}

// "repository[prefix|prefix]" of each.
std::string Repositories(const std::map<std::string, std::string>& annotations) {
  return absl::StrJoin(RepositoriesOf(annotations), " ", [](std::string* out, const v1::EntityRepository& repository) {
    absl::StrAppend(out, repository.repository(), "[", absl::StrJoin(repository.path_prefixes(), "|"), "]");
  });
}

TEST(Repositories, TheSlugHoldsOverTheSourceLocation) {
  const std::string slug = "github.com/project-slug", location = "backstage.io/source-location";
  EXPECT_EQ(Repositories({}), "");
  EXPECT_EQ(Repositories({{slug, "acme/shop"}}), "github.com/acme/shop[]");
  EXPECT_EQ(Repositories({{slug, " acme/shop.git "}}), "github.com/acme/shop[]");
  EXPECT_EQ(Repositories({{location, "url:https://github.com/acme/shop/tree/main/a/"}}), "github.com/acme/shop[a]");
  // Of one repository: with the path.
  EXPECT_EQ(Repositories({{slug, "acme/shop"}, {location, "url:https://github.com/acme/shop/tree/main/a/"}}),
            "github.com/acme/shop[a]");
  // On a forge of one's own, which only the location names.
  EXPECT_EQ(Repositories({{slug, "acme/shop"}, {location, "url:https://ghe.example.com/Acme/Shop/tree/main/a/"}}),
            "ghe.example.com/Acme/Shop[a]");
  // The catalog's own repository, where the entity is only described.
  EXPECT_EQ(Repositories({{slug, "acme/shop"}, {location, "url:https://github.com/acme/catalog/tree/main/shop/"}}),
            "github.com/acme/shop[]");
  EXPECT_EQ(Repositories({{slug, "acme/shop"}, {location, "url:https://github.com/big-acme/shop"}}),
            "github.com/acme/shop[]");
  EXPECT_EQ(Repositories({{"gitlab.com/project-slug", "group/sub/shop"}}), "gitlab.com/group/sub/shop[]");
  for (const char* bad : {"acme", "acme/", "/shop", "a b/c", "acme/../c", "https://github.com/acme/shop", ""})
    EXPECT_EQ(Repositories({{slug, bad}}), "") << bad;
}

TEST(Repositories, ThoseThatAreListedHoldOverAll) {
  const std::string listed = "headway.dev/repositories";
  EXPECT_EQ(Repositories({{listed, "GitHub.com/acme/b:svc/x, github.com/acme/a,github.com/acme/b:/svc/y/"},
                          {"github.com/project-slug", "acme/shop"}}),
            "github.com/acme/a[] github.com/acme/b[svc/x|svc/y]");
  EXPECT_EQ(Repositories({{listed, "github.com/acme/b:svc/x,github.com/acme/b"}}), "github.com/acme/b[]");
  // What names none leaves the others in place.
  EXPECT_EQ(Repositories({{listed, "acme/b, , github.com/acme/b:../x"}, {"github.com/project-slug", "acme/shop"}}),
            "github.com/acme/shop[]");
}

}  // namespace
}  // namespace headway::catalog
