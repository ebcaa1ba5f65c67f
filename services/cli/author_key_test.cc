#include "services/cli/author_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "services/cli/entity_ref.h"

namespace headway {
namespace {

class AuthorKeyTest : public ::testing::Test {
 protected:
  ~AuthorKeyTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ = absl::StrCat(::testing::TempDir(), "/key_", getpid());
};

TEST_F(AuthorKeyTest, IsMadeOnceForItsOwnerAloneAndStaysTheSame) {
  absl::StatusOr<std::string> key = AuthorKey(folder_);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->size(), 32u);
  EXPECT_EQ(*AuthorKey(folder_), *key);
  struct stat about = {};
  ASSERT_EQ(stat((folder_ + "/author-hash.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(AuthorKeyTest, ABrokenKeyIsAnErrorAndNotReplaced) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/author-hash.key") << "short\n";
  EXPECT_TRUE(absl::IsFailedPrecondition(AuthorKey(folder_).status()));
}

TEST_F(AuthorKeyTest, AFolderThatCannotBeMadeIsAnError) {
  EXPECT_TRUE(absl::IsFailedPrecondition(AuthorKey("/proc/headway").status()));
}

TEST(EntityRefTest, IsWrittenInItsFullForm) {
  EXPECT_EQ(*ParseEntityRef("Component:Payments"), "component:default/payments");
  EXPECT_EQ(*ParseEntityRef("component:shop/Payments"), "component:shop/payments");
  for (const char* bad : {"", "payments", "component:", ":x", "component:a/b/c", "component:/x", "component:x y"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseEntityRef(bad).status())) << bad;
  }
}

}  // namespace
}  // namespace headway
