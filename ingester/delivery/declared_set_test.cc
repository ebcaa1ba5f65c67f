#include "ingester/delivery/declared_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Seconds(100);

Declared Entity(const std::string& name, const std::string& title = "", const std::string& file = "f") {
  Declared declared{{}, {file}};
  declared.observation.mutable_entity()->set_entity_ref("component:default/" + name);
  declared.observation.mutable_entity()->set_title(title);
  return declared;
}
Declared Rule(const std::string& id) {
  Declared declared;
  declared.observation.mutable_mapping_rule()->set_id(id);
  return declared;
}

bool NothingHidden(const std::vector<std::string>&) { return false; }

// "+a@version" of what is declared, "-a@version" of what is gone.
std::string Said(const DeclaredChanges& changes) {
  return absl::StrJoin(changes.observations, " ", [](std::string* out, const v1::Observation& o) {
    if (o.has_entity())
      absl::StrAppend(out, o.entity().deleted() ? "-" : "+", o.entity().entity_ref().substr(18), o.entity().title(),
                      "@", o.entity().version() / 1'000'000);
    if (o.has_mapping_rule())
      absl::StrAppend(out, o.mapping_rule().deleted() ? "-" : "+", o.mapping_rule().id(), "@",
                      o.mapping_rule().version() / 1'000'000);
  });
}

class DeclaredSetTest : public testing::Test {
 protected:
  // Compares, remembers, and says what was sent.
  std::string Send(const std::vector<Declared>& all, int second,
                   bool (*hidden)(const std::vector<std::string>&) = NothingHidden) {
    const DeclaredChanges changes = set_.Compare("s", all, absl::UnixEpoch() + absl::Seconds(second), hidden);
    set_.Take(changes);
    return Said(changes);
  }
  DeclaredSet set_;
};

TEST_F(DeclaredSetTest, SendsOnlyWhatDiffers) {
  EXPECT_EQ(Send({Entity("a"), Entity("b")}, 1), "+a@1 +b@1");
  EXPECT_EQ(Send({Entity("b"), Entity("a")}, 2), "");
  EXPECT_EQ(Send({Entity("a", "!"), Entity("b"), Entity("c")}, 3), "+a!@3 +c@3");
  EXPECT_EQ(set_.size(), 3u);
}

TEST_F(DeclaredSetTest, WhatIsMissingTwiceRunningIsGone) {
  Send({Entity("a"), Entity("b")}, 1);
  EXPECT_EQ(Send({Entity("a")}, 2), "");
  EXPECT_TRUE(set_.has_missing());
  EXPECT_EQ(Send({Entity("a"), Entity("b")}, 3), "");
  EXPECT_FALSE(set_.has_missing());
  EXPECT_EQ(Send({Entity("a")}, 4), "");
  EXPECT_EQ(Send({Entity("a")}, 5), "-b@5");
  EXPECT_EQ(Send({Entity("a")}, 6), "");
  EXPECT_EQ(set_.size(), 1u);
}

TEST_F(DeclaredSetTest, WhatComesBackHoldsAgainEvenWhenTheClockGoesBack) {
  Send({Entity("a")}, 10);
  Send({}, 11);
  EXPECT_EQ(Send({}, 12), "-a@12");
  const DeclaredChanges changes = set_.Compare("s", {Entity("a")}, absl::UnixEpoch() + absl::Seconds(5), NothingHidden);
  ASSERT_EQ(changes.observations.size(), 1u);
  EXPECT_EQ(changes.observations[0].entity().version(), 12'000'001u);
  EXPECT_EQ(changes.added, 1);
}

TEST_F(DeclaredSetTest, WhatMayBeHiddenIsNotGone) {
  Send({Entity("a", "", "broken"), Entity("b", "", "fine")}, 1);
  const auto hidden = [](const std::vector<std::string>& files) { return files[0] == "broken"; };
  Send({}, 2, hidden);
  EXPECT_EQ(Send({}, 3, hidden), "-b@3");
  Send({}, 4);
  EXPECT_EQ(Send({}, 5), "-a@5");
}

TEST_F(DeclaredSetTest, WhatWasNotStoredIsSentAgain) {
  set_.Compare("s", {Entity("a")}, kNow, NothingHidden);
  EXPECT_EQ(Send({Entity("a")}, 2), "+a@2");
}

TEST_F(DeclaredSetTest, TheSourceIsPartOfWhatIsSaid) {
  set_.Take(set_.Compare("s", {Entity("a")}, kNow, NothingHidden));
  const DeclaredChanges changes = set_.Compare("t", {Entity("a")}, kNow, NothingHidden);
  ASSERT_EQ(changes.observations.size(), 1u);
  EXPECT_EQ(changes.observations[0].source(), "t");
}

TEST_F(DeclaredSetTest, OutlivesARestart) {
  const std::string file = testing::TempDir() + "/declared";
  std::remove(file.c_str());
  EXPECT_EQ(LoadDeclaredSet(file, &set_).code(), absl::StatusCode::kNotFound);
  Send({Entity("a", "\u00e9\n\"", "x\ny"), Rule("r"), Entity("gone")}, 1);
  Send({Entity("a", "\u00e9\n\"", "x\ny"), Rule("r")}, 2);
  Send({Entity("a", "\u00e9\n\"", "x\ny"), Rule("r")}, 3);
  ASSERT_TRUE(SaveDeclaredSet(file, set_).ok());
  DeclaredSet read(1);
  ASSERT_TRUE(LoadDeclaredSet(file, &read).ok());
  EXPECT_EQ(read.size(), 2u);
  EXPECT_EQ(read.ToText(), set_.ToText());
  EXPECT_EQ(Said(read.Compare("s", {Entity("a", "\u00e9\n\"", "x\ny"), Entity("gone")},
                              absl::UnixEpoch() + absl::Seconds(9), NothingHidden)),
            "+aé\n\"@1 +gone@9 -r@9");
}

TEST_F(DeclaredSetTest, AfterARestartAllIsSaidOnceMoreAsItWas) {
  Send({Entity("a"), Entity("b")}, 1);
  Send({Entity("a")}, 2);
  Send({Entity("a")}, 3);
  ASSERT_TRUE(set_.FromText(set_.ToText()).ok());
  const DeclaredChanges changes = set_.Compare("s", {Entity("a")}, absl::UnixEpoch() + absl::Seconds(9), NothingHidden);
  EXPECT_EQ(Said(changes), "+a@1 -b@3");
  EXPECT_EQ(changes.repeated, 2);
  EXPECT_EQ(changes.added + changes.changed + changes.gone, 0);
  // Until it is stored.
  EXPECT_EQ(Send({Entity("a")}, 10), "+a@1 -b@3");
  EXPECT_EQ(Send({Entity("a")}, 11), "");
}

TEST_F(DeclaredSetTest, AFileThatIsBrokenIsAnEmptySet) {
  const std::string file = testing::TempDir() + "/broken";
  for (const char* text : {"", "x", "headway declared set 1\n{\"key\": 1}\n", "headway declared set 1\n{\n"}) {
    std::ofstream(file) << text;
    EXPECT_EQ(LoadDeclaredSet(file, &set_).code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(set_.size(), 0u);
  }
  EXPECT_EQ(SaveDeclaredSet("/nowhere/x", set_).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace headway
