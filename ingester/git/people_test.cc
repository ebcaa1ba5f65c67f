#include "ingester/git/people.h"

#include <gtest/gtest.h>

namespace headway {
namespace {

TEST(PeopleTest, TellsProgramsFromPeople) {
  EXPECT_TRUE(IsBot("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"));
  EXPECT_TRUE(IsBot("Somebody", "renovate@whitesourcesoftware.com"));
  EXPECT_TRUE(IsBot("govuk-ci", "govuk-ci@users.noreply.github.com"));
  EXPECT_TRUE(IsBot("k8s-ci-robot", "x@example.org"));
  EXPECT_TRUE(IsBot("Release Bot", "x@example.org"));
  EXPECT_FALSE(IsBot("Abbot", "abbot@example.org"));
  EXPECT_FALSE(IsBot("Ada Lovelace", "ada@bot.example.org"));
  EXPECT_FALSE(IsBot("", ""));
}

TEST(PeopleTest, HashesTheSameAddressTheSameWayUnderOneKey) {
  const std::string hash = AuthorHash("key", "Ada@Example.org");
  EXPECT_EQ(hash.size(), 32u);
  EXPECT_EQ(hash, AuthorHash("key", "ada@example.org"));
  EXPECT_NE(hash, AuthorHash("other key", "ada@example.org"));
  EXPECT_NE(hash, AuthorHash("key", "bob@example.org"));
  EXPECT_EQ(AuthorHash("key", "123+ada@users.noreply.github.com"), AuthorHash("key", "ada@users.noreply.github.com"));
  // HMAC-SHA256("key", "a@b"), from an independent implementation.
  EXPECT_EQ(AuthorHash("key", "a@b"), "85a0be1cfa9b2af7882b9c6c18033471");
}

}  // namespace
}  // namespace headway
