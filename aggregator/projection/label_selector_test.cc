#include "aggregator/projection/label_selector.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Wanted = LabelSelector::Wanted;

bool Fits(const std::string& selector, const Labels& labels) {
  const auto parsed = LabelSelector::Parse(selector);
  EXPECT_TRUE(parsed.has_value()) << selector;
  return parsed.has_value() && parsed->Fits(labels);
}

TEST(LabelSelector, FitsAsKubernetesDoes) {
  const Labels labels = {{"app", "pay"}, {"tier", "web"}, {"empty", ""}};
  for (const char* fits :
       {"app=pay", "app==pay", " app = pay , tier in (web, api)", "app", "!canary", "canary!=true", "canary notin (a)",
        "tier notin(api)", "empty=", "empty", "app in (pay)", "app!=other,!x,tier"}) {
    EXPECT_TRUE(Fits(fits, labels)) << fits;
  }
  for (const char* other : {"app=Pay", "app!=pay", "canary", "!app", "tier in (api)", "tier notin (web, api)",
                            "app=pay,tier=api", "canary=", "empty=x"}) {
    EXPECT_FALSE(Fits(other, labels)) << other;
  }
}

TEST(LabelSelector, RefusesWhatIsNone) {
  for (const char* bad : {"", ",", "a=b,", "=b", "a=b=c", "a in", "a in b", "a in (b", "a in b)", "a in ((b))", "a b",
                          "!", "!(a)", "a within (b)", "a=(b)", "in (a)", "a,,b"}) {
    EXPECT_FALSE(LabelSelector::Parse(bad).has_value()) << bad;
  }
}

TEST(LabelSelector, IsBounded) {
  std::string many = "a=b";
  for (int i = 1; i < 100; ++i) absl::StrAppend(&many, ",a", i);
  EXPECT_TRUE(LabelSelector::Parse(many).has_value());
  EXPECT_FALSE(LabelSelector::Parse(many + ",z").has_value());
  EXPECT_FALSE(LabelSelector::Parse(std::string(1 << 20, '(')).has_value());
}

TEST(LabelSelector, TellsWhatItAsksFor) {
  EXPECT_THAT(LabelSelector::Parse("a=b,c in (d,e),f,!g,h!=i")->wanted(),
              ElementsAre(Wanted{"a", {"b"}}, Wanted{"c", {"d", "e"}}, Wanted{"f", {}}));
  EXPECT_THAT(LabelSelector::Parse("!g,h!=i")->wanted(), IsEmpty());
}

}  // namespace
}  // namespace headway
