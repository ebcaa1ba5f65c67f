#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/observation_text.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::PayloadFrom;

std::string From(const std::string& source, int version, const std::string& fields) {
  return PayloadFrom(absl::StrCat(
      "source: '", source, "' entity { entity_ref: 'component:default/pay' version: ", version, " ", fields, " }"));
}

// Of every order, each of which must say the same.
EntityDeclarationFact Folded(std::vector<std::string> payloads) {
  std::sort(payloads.begin(), payloads.end());
  const EntityDeclarationFact first = FoldEntity(payloads);
  while (std::next_permutation(payloads.begin(), payloads.end())) {
    const EntityDeclarationFact other = FoldEntity(payloads);
    EXPECT_EQ(other.repositories, first.repositories);
    EXPECT_EQ(other.aliases, first.aliases);
    EXPECT_EQ(other.annotations, first.annotations);
    EXPECT_EQ(std::tie(other.title, other.image, other.deleted, other.owner_ref, other.part_of_refs),
              std::tie(first.title, first.image, first.deleted, first.owner_ref, first.part_of_refs));
  }
  return first;
}

std::vector<std::string> Names(const EntityDeclarationFact& fact) {
  std::vector<std::string> names;
  for (const EntityRepository& repository : fact.repositories) names.push_back(repository.name);
  return names;
}

TEST(FoldEntity, UnitesWhatItsSourcesSay) {
  const EntityDeclarationFact fact = Folded(
      {From("catalog:portal", 5,
            "title: 'Pay' owner_ref: 'group:g' repositories { repository: 'h/o/app' } aliases: 'component:old' "
            "part_of_refs: 'system:s' annotations { key: 'argocd/app-name' value: 'pay' }"),
       From("git:h/o/infra", 9,
            "repositories { repository: 'h/o/infra' } aliases: 'component:older' aliases: 'component:old' "
            "annotations { key: 'headway.dev/image' value: 'r/pay' }"),
       From("git:h/o/lib", 1, "repositories { repository: 'h/o/lib' path_prefixes: 'b/' path_prefixes: '/a' }")});
  EXPECT_TRUE(fact.exists);
  EXPECT_FALSE(fact.deleted);
  EXPECT_EQ(fact.entity_ref, "component:default/pay");
  EXPECT_THAT(Names(fact), ElementsAre("h/o/app", "h/o/infra", "h/o/lib"));
  EXPECT_THAT(fact.repositories[2].path_prefixes, ElementsAre("a", "b"));
  EXPECT_THAT(fact.aliases, ElementsAre("component:default/old", "component:default/older"));
  EXPECT_THAT(fact.annotations, ElementsAre(Pair("argocd/app-name", "pay"), Pair("headway.dev/image", "r/pay")));
  EXPECT_EQ(fact.image, "r/pay");
  EXPECT_EQ(fact.title, "Pay");
  EXPECT_EQ(fact.owner_ref, "group:default/g");
  EXPECT_THAT(fact.part_of_refs, ElementsAre("system:default/s"));
}

TEST(FoldEntity, WhereOnlyOneCanBeRightTheCatalogIs) {
  const std::string catalog = From("catalog:portal", 1,
                                   "title: 'Pay' owner_ref: 'group:g' annotations { key: 'a' value: 'catalog' } "
                                   "repositories { repository: 'h/o/mono' path_prefixes: 'services/pay' }");
  const std::string early = From("git:x", 7,
                                 "title: 'x' owner_ref: 'group:x' annotations { key: 'a' value: 'x' } annotations { "
                                 "key: 'b' value: 'x' } repositories { repository: 'h/o/mono' }");
  const std::string late = From("git:y", 8,
                                "title: 'y' owner_ref: 'group:y' annotations { key: 'b' value: 'y' } repositories { "
                                "repository: 'h/o/mono' path_prefixes: 'y' }");
  const EntityDeclarationFact fact = Folded({catalog, early, late});
  EXPECT_EQ(fact.title, "Pay");
  EXPECT_EQ(fact.owner_ref, "group:default/g");
  EXPECT_THAT(fact.annotations, ElementsAre(Pair("a", "catalog"), Pair("b", "y")));
  ASSERT_THAT(Names(fact), ElementsAre("h/o/mono"));
  EXPECT_THAT(fact.repositories[0].path_prefixes, ElementsAre("services/pay"));
  // Without it, who spoke last.
  const EntityDeclarationFact others = Folded({early, late});
  EXPECT_EQ(others.title, "y");
  EXPECT_THAT(others.repositories[0].path_prefixes, ElementsAre("y"));
  // What it does not say, others may.
  EXPECT_EQ(Folded({From("catalog", 9, ""), early}).owner_ref, "group:default/x");
}

TEST(FoldEntity, OfEachSourceTheLastHoldsAndOneThatWithdrawsTakesItsOwn) {
  const std::string catalog = From("catalog:portal", 5, "title: 'Pay' repositories { repository: 'h/o/app' }");
  const std::string before = From("git:x", 3, "repositories { repository: 'h/o/before' }");
  const std::string after = From("git:x", 4, "repositories { repository: 'h/o/after' }");
  EXPECT_THAT(Names(Folded({catalog, before, after})), ElementsAre("h/o/after", "h/o/app"));
  EXPECT_THAT(Names(Folded({catalog, before, after, From("git:x", 6, "deleted: true")})), ElementsAre("h/o/app"));
  // An older one that comes late takes nothing.
  EXPECT_THAT(Names(Folded({catalog, after, From("git:x", 2, "deleted: true")})), ElementsAre("h/o/after", "h/o/app"));
  const EntityDeclarationFact left = Folded({catalog, after, From("catalog:portal", 6, "deleted: true")});
  EXPECT_FALSE(left.deleted);
  EXPECT_EQ(left.title, "");
  EXPECT_THAT(Names(left), ElementsAre("h/o/after"));
  const EntityDeclarationFact gone =
      Folded({catalog, after, From("catalog:portal", 6, "deleted: true"), From("git:x", 6, "deleted: true")});
  EXPECT_TRUE(gone.exists);
  EXPECT_TRUE(gone.deleted);
  EXPECT_THAT(gone.repositories, IsEmpty());
}

TEST(FoldEntity, ACatalogThatIsCalledOtherwiseIsTheSameSource) {
  const std::string old = From("catalog:a", 5, "repositories { repository: 'h/o/old' } aliases: 'component:old'");
  const EntityDeclarationFact fact = Folded({old, From("catalog:b", 6, "repositories { repository: 'h/o/new' }")});
  EXPECT_THAT(Names(fact), ElementsAre("h/o/new"));
  EXPECT_THAT(fact.aliases, IsEmpty());
  EXPECT_TRUE(Folded({old, From("catalog:b", 6, "deleted: true")}).deleted);
}

}  // namespace
}  // namespace headway
