// Several sources declare one entity, in any order, and withdraw it again.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gtest/gtest.h"

namespace headway::testing {
namespace {

constexpr char kRepositories[] =
    "SELECT string_agg(repository || array_to_string(path_prefixes, ','), ' ' ORDER BY repository) FROM "
    "dora.entity_repositories WHERE entity_ref = 'component:default/pay'";
constexpr char kAliases[] =
    "SELECT string_agg(alias, ' ' ORDER BY alias) FROM dora.entity_aliases WHERE entity_ref = 'component:default/pay'";
constexpr char kTitle[] = "SELECT title, declared FROM dora.entities WHERE entity_ref = 'component:default/pay'";

v1::Observation Declaration(const std::string& source, int version, const std::vector<std::string>& repositories,
                            const std::string& title = "", const std::string& alias = "") {
  v1::Observation observation;
  observation.set_source(source);
  v1::EntityDeclaration& entity = *observation.mutable_entity();
  entity.set_entity_ref("component:default/pay");
  entity.set_version(version);
  entity.set_title(title);
  if (!alias.empty()) entity.add_aliases(alias);
  for (const std::string& name : repositories) entity.add_repositories()->set_repository(name);
  return observation;
}

v1::Observation Withdrawal(const std::string& source, int version) {
  v1::Observation observation = Declaration(source, version, {});
  observation.mutable_entity()->set_deleted(true);
  return observation;
}

TEST(Declarations, OfACatalogAndAnImportHoldTogetherUntilEachIsWithdrawn) {
  Installation installation;
  const auto tell = [&](const v1::Observation& observation) {
    installation.Ingest({observation});
    installation.Drain();
  };
  tell(Declaration("catalog:portal", 10, {"h/o/app"}, "Pay", "component:default/old"));
  tell(Declaration("git:h/o/infra", 99, {"h/o/infra"}));
  EXPECT_EQ(installation.Query(kRepositories), "(\"h/o/app h/o/infra\")");
  EXPECT_EQ(installation.Query(kAliases), "(component:default/old)");
  EXPECT_EQ(installation.Query(kTitle), "(Pay,t)");
  // The catalog speaks again, and forgets a repository of its own.
  tell(Declaration("catalog:portal", 100, {"h/o/web"}, "Payments"));
  EXPECT_EQ(installation.Query(kRepositories), "(\"h/o/infra h/o/web\")");
  EXPECT_EQ(installation.Query(kAliases), "()");
  tell(Withdrawal("catalog:portal", 101));
  EXPECT_EQ(installation.Query(kRepositories), "(h/o/infra)");
  EXPECT_EQ(installation.Query(kTitle), "(\"\",t)");
  tell(Withdrawal("git:h/o/infra", 100));
  EXPECT_EQ(installation.Query(kRepositories), "()");
  EXPECT_EQ(installation.Query(kTitle), "(\"\",f)");
}

TEST(Declarations, TheirOrderDecidesNothing) {
  std::vector<v1::Observation> all = {
      Declaration("catalog:portal", 10, {"h/o/app"}, "Pay", "component:default/old"),
      Declaration("catalog:portal", 12, {"h/o/app", "h/o/web"}, "Payments"),
      Declaration("git:h/o/infra", 99, {"h/o/infra"}, "infra", "component:default/infra"),
      Withdrawal("git:h/o/lib", 40),
      Declaration("git:h/o/lib", 30, {"h/o/lib"}),
  };
  std::map<std::string, std::vector<std::string>> expected;
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  for (int round = 0; round < 12; ++round) {
    Installation installation;
    for (const size_t i : order) {
      installation.Ingest({all[i]});
      installation.Drain();
    }
    if (round == 0) {
      expected = installation.Dump();
      EXPECT_EQ(installation.Query(kRepositories), "(\"h/o/app h/o/infra h/o/web\")");
      EXPECT_EQ(installation.Query(kTitle), "(Payments,t)");
    }
    EXPECT_EQ(Difference(expected, installation.Dump()), "");
    installation.Rebuild();
    EXPECT_EQ(Difference(expected, installation.Dump()), "");
    for (int step = 0; step < 10; ++step) std::next_permutation(order.begin(), order.end());
  }
}

}  // namespace
}  // namespace headway::testing
