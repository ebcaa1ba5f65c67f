#include "services/base/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headway {
namespace {

using testing::HasSubstr;

std::vector<YamlNode> Parsed(absl::string_view text) {
  std::vector<YamlNode> documents;
  const auto fault = ParseYaml(text, {}, &documents);
  EXPECT_FALSE(fault.has_value()) << fault->line << ": " << fault->reason;
  return documents;
}

YamlFault FaultIn(absl::string_view text, const YamlLimits& limits = {}) {
  std::vector<YamlNode> documents;
  const auto fault = ParseYaml(text, limits, &documents);
  EXPECT_TRUE(fault.has_value());
  EXPECT_TRUE(documents.empty());
  return fault.value_or(YamlFault{});
}

TEST(YamlDocument, KnowsTheLineOfEachValue) {
  const std::vector<YamlNode> documents = Parsed("# a comment\na: 1\nb:\n  - x\n  - y: z\nc:\n---\nd: e\n");
  ASSERT_EQ(documents.size(), 2u);
  const YamlNode& first = documents[0];
  EXPECT_EQ(first.Find("a")->scalar, "1");
  EXPECT_EQ(first.Find("a")->line, 2);
  EXPECT_EQ(first.Find("b")->items[1].Find("y")->line, 5);
  EXPECT_TRUE(first.Find("c")->is_null());
  EXPECT_EQ(first.Find("c")->line, 6);
  EXPECT_EQ(documents[1].Find("d")->line, 8);
  EXPECT_EQ(first.Find("d"), nullptr);
}

TEST(YamlDocument, LeavesOutDocumentsThatHoldNothing) {
  EXPECT_TRUE(Parsed("").empty());
  EXPECT_TRUE(Parsed("# nothing\n").empty());
  EXPECT_EQ(Parsed("---\n---\na: b\n---\n").size(), 1u);
}

TEST(YamlDocument, NamesTheLineOfWhatIsNoYaml) {
  EXPECT_EQ(FaultIn("a: b\nc: [1, 2\n").line, 3);
  EXPECT_EQ(FaultIn("a: b\n  c: d\n").line, 2);
  EXPECT_THAT(FaultIn("a: *nowhere\n").reason, HasSubstr("is no YAML"));
  EXPECT_THAT(FaultIn("a: \xff\n").reason, HasSubstr("is no UTF-8"));
  EXPECT_THAT(FaultIn("a: \"\\uD800\"\n").reason, HasSubstr("is no YAML"));
  EXPECT_THAT(FaultIn(absl::string_view("a: b\0c", 6)).reason, HasSubstr("zero byte"));
}

TEST(YamlDocument, EndsWhereNoDocumentCanBegin) {
  EXPECT_EQ(FaultIn(",a{(\n#\n").line, 1);
  EXPECT_EQ(FaultIn("a: b\n---\n,x\n").line, 3);
  EXPECT_THAT(FaultIn(",~-\n#\nau").reason, HasSubstr("cannot be understood"));
}

TEST(YamlDocument, RefusesAKeyThatIsThereTwice) {
  const YamlFault fault = FaultIn("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(fault.line, 3);
  EXPECT_THAT(fault.reason, HasSubstr("\"a\" is there twice"));
}

TEST(YamlDocument, ASmallTextDoesNotBecomeALargeTree) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(FaultIn(bomb).reason, HasSubstr("more than 200000 values"));
  EXPECT_THAT(FaultIn(std::string(70, '[') + std::string(70, ']')).reason, HasSubstr("nested deeper"));
  EXPECT_THAT(FaultIn(std::string(500'000, '[')).reason, HasSubstr("is no YAML"));
  EXPECT_THAT(FaultIn("a: b", {.bytes = 3}).reason, HasSubstr("larger than 3 bytes"));
}

}  // namespace
}  // namespace headway
