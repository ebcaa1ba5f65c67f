#include "aggregator/projection/image_tags.h"

#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

std::string DigitsOf(const std::string& tag) {
  const ImageTagRules usual;
  const auto commit = usual.CommitOf({"registry.example.com/acme/api", tag, ""});
  return commit.has_value() ? commit->digits : "";
}

TEST(ImageName, IsTakenApart) {
  const auto parts = [](const std::string& text) {
    const ImageName name = ParseImageName(text);
    return name.repository + "|" + name.tag + "|" + name.digest;
  };
  EXPECT_EQ(parts("registry.example.com:5000/acme/api:v1@sha256:ab"),
            "registry.example.com:5000/acme/api|v1|sha256:ab");
  EXPECT_EQ(parts("registry.example.com:5000/acme/api"), "registry.example.com:5000/acme/api|latest|");
  EXPECT_EQ(parts("acme/api@sha256:ab"), "acme/api||sha256:ab");
  EXPECT_EQ(parts("docker.io/library/nginx:1.25"), "nginx|1.25|");
  EXPECT_EQ(parts("index.docker.io/acme/api:1"), "acme/api|1|");
  EXPECT_EQ(parts("index.example.com/library/api:1"), "index.example.com/library/api|1|");
  EXPECT_EQ(parts(""), "|latest|");
  EXPECT_EQ(parts("@:"), "||:");
}

TEST(ImageName, IsLookedUpByTheSurestFirst) {
  EXPECT_THAT(LookupNames(ParseImageName("r/api:v1@sha256:ab")),
              ElementsAre("r/api@sha256:ab", "sha256:ab", "r/api:v1"));
  EXPECT_THAT(LookupNames(ParseImageName("r/api")), ElementsAre("r/api:latest"));
}

TEST(ImageName, EndsWithWholeSegments) {
  EXPECT_TRUE(EndsWithSegments("r/acme/api", "acme/api"));
  EXPECT_TRUE(EndsWithSegments("api", "api"));
  EXPECT_FALSE(EndsWithSegments("r/acme/my-api", "api"));
  EXPECT_FALSE(EndsWithSegments("r/acme/api", ""));
}

TEST(ImageTags, UsualFormsCarryACommit) {
  const std::string whole = "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b";
  EXPECT_EQ(DigitsOf(whole), whole);
  for (const char* tag : {"1a2b3c4", "sha-1a2b3c4", "main-1a2b3c4", "git-1a2b3c4", "feature-x-1a2b3c4",
                          "v1.2.0-1a2b3c4", "v1.2.0-5-g1a2b3c4", "main-1a2b3c4-1700000000", "release_1-1a2b3c4"}) {
    EXPECT_EQ(DigitsOf(tag), "1a2b3c4") << tag;
  }
  EXPECT_EQ(DigitsOf("sha-123456789012"), "123456789012");
}

TEST(ImageTags, DatesNumbersAndVersionsCarryNone) {
  for (const char* tag :
       {"latest", "v1.2.0", "1.25.3", "20240115", "sha-1234567", "build-12345678901", "main", "1a2b3c",
        "main-20240115-17", "sha-1A2B3C4", "", "-1a2b3c4", "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b3"}) {
    EXPECT_EQ(DigitsOf(tag), "") << tag;
  }
}

TEST(ImageTags, ConfiguredRulesTakeThePlaceOfTheUsualForms) {
  const ImageTagRules rules({{true, "c", "second", 2, "", "(?P<commit>[0-9a-fA-F]{7,64})", false},
                             {true, "c", "first", 1, "registry/.*/api", "rel_(?P<commit>[0-9a-f]+)_.*", false},
                             {true, "c", "gone", 0, "", "(?P<commit>.*)", true},
                             {true, "c", "broken", 0, "", "(?P<commit>", false}});
  const auto digits = [&](const std::string& repository, const std::string& tag) {
    return rules.CommitOf({repository, tag, ""}).value_or(TagCommit{});
  };
  EXPECT_EQ(digits("registry/acme/api", "rel_1a2b3c4_x"), (TagCommit{"1a2b3c4", "first"}));
  EXPECT_EQ(digits("registry/acme/web", "rel_1a2b3c4_x"), TagCommit{});
  EXPECT_EQ(digits("registry/acme/web", "1A2B3C4"), (TagCommit{"1a2b3c4", "second"}));
  EXPECT_EQ(digits("registry/acme/api", "rel_1a2b_x"), TagCommit{}) << "too few digits";
  EXPECT_EQ(digits("registry/acme/web", "sha-1a2b3c4"), TagCommit{}) << "no usual form beside rules";
}

TEST(ImageTags, ARuleMaySayTheRegistryThatGoesWithoutSaying) {
  const ImageTagRules rules({{true, "c", "a", 0, "docker.io/acme/.*", "(?P<commit>[0-9a-f]{7,40})", false}});
  EXPECT_THAT(rules.CommitOf(ParseImageName("docker.io/acme/api:1a2b3c4")), Optional(TagCommit{"1a2b3c4", "a"}));
  EXPECT_THAT(rules.CommitOf(ParseImageName("acme/api:1a2b3c4")), Optional(TagCommit{"1a2b3c4", "a"}));
}

}  // namespace
}  // namespace headway
