#include "ingester/manifests/import.h"

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "ingester/git/git_fixture.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

class ManifestImportTest : public ::testing::Test {
 protected:
  std::string Commit(const std::string& folder, const std::string& file, const std::string& text) {
    const std::filesystem::path place = std::filesystem::path(git_.path()) / folder;
    std::filesystem::create_directories(place);
    std::ofstream(place / file) << text;
    git_.Git("add -A");
    git_.Git("commit -q --allow-empty -m change");
    return git_.Sha("HEAD");
  }
  std::string Tag(const std::string& folder, const std::string& tag) {
    return Commit(folder, "kustomization.yaml",
                  absl::StrCat("images: [{name: r/", folder, ", newTag: '", tag, "'}]\n"));
  }

  absl::Status Import(const std::string& path = "") {
    revisions_.clear();
    const auto repository = GitRepository::Open(path.empty() ? git_.path() : path);
    if (!repository.ok()) return repository.status();
    const auto take = [&](v1::Observation observation) {
      EXPECT_EQ(observation.source(), "manifests:github.com/acme/manifests");
      revisions_[observation.manifest_revision().revision()] = observation.manifest_revision();
      return absl::OkStatus();
    };
    const auto summary = ImportManifests(**repository, {"github.com/acme/manifests"}, take, {});
    if (summary.ok()) summary_ = *summary;
    return summary.status();
  }

  // "a=r/a:1,r/b:2 b=" of a commit.
  std::string Changes(const std::string& sha) {
    std::vector<std::string> folders;
    for (const v1::ManifestFolder& folder : revisions_.at(sha).folders()) {
      folders.push_back(absl::StrCat(folder.path(), "=", absl::StrJoin(folder.images(), ","),
                                     folder.problem().empty() ? "" : "?" + folder.problem()));
    }
    return absl::StrJoin(folders, " ");
  }

  // What stands at a depth on the line of a commit, as who looks it up walks, and in how many steps.
  std::pair<std::string, int> Walk(std::string sha, int64_t depth) {
    int steps = 0;
    while (revisions_.at(sha).depth() > depth) {
      const v1::ManifestRevision& at = revisions_.at(sha);
      sha = at.skip_depth() >= depth ? at.skip() : at.parent();
      ++steps;
    }
    return {sha, steps};
  }

  GitFixture git_;
  std::map<std::string, v1::ManifestRevision> revisions_;
  ManifestImportSummary summary_;
};

TEST_F(ManifestImportTest, TellsWhatEachCommitChanged) {
  const std::string first = Tag("a", "1");
  const std::string second = Tag("apps/b", "1");
  const std::string other = Commit("", "readme.md", "hello");
  const std::string bumped = Tag("a", "2");
  const std::string same = Commit("a", "kustomization.yaml", "# said otherwise\nimages: [{name: r/a, newTag: '2'}]\n");
  const std::string broken = Commit("a", "kustomization.yaml", "images: [\n");
  const std::string worse = Commit("a", "kustomization.yaml", "images: [[\n");
  const std::string emptied = Commit("a", "kustomization.yaml", "images: []\n");
  const std::string healed = Tag("a", "3");
  git_.Git("rm -q -r apps");
  git_.Git("commit -q -m gone");
  ASSERT_TRUE(Import().ok());
  EXPECT_EQ(Changes(first), "a=r/a:1");
  EXPECT_EQ(Changes(second), "apps/b=r/apps/b:1");
  EXPECT_EQ(Changes(other), "");
  EXPECT_EQ(Changes(bumped), "a=r/a:2");
  EXPECT_EQ(Changes(same), "") << "only what the images are counts";
  EXPECT_THAT(Changes(broken), HasSubstr("a=?kustomization.yaml:"));
  EXPECT_EQ(Changes(worse), "");
  EXPECT_EQ(Changes(emptied), "a=") << "it can be read again";
  EXPECT_EQ(Changes(healed), "a=r/a:3");
  EXPECT_EQ(Changes(git_.Sha("HEAD")), "apps/b=");
  EXPECT_EQ(summary_.commits, 10);
  EXPECT_EQ(summary_.folders, 2);
  EXPECT_EQ(summary_.changes, 7);
  EXPECT_EQ(summary_.problems, 1);
  EXPECT_THAT(summary_.last_problem, HasSubstr("a at " + broken.substr(0, 12)));
}

TEST_F(ManifestImportTest, AMergeBringsWhatItsOtherSideChanged) {
  Tag("a", "1");
  git_.Git("checkout -q -b side");
  const std::string side = Tag("b", "1");
  git_.Git("checkout -q -");
  const std::string main = Tag("a", "2");
  git_.Git("merge -q --no-ff side -m merge");
  ASSERT_TRUE(Import().ok());
  EXPECT_EQ(Changes(side), "b=r/b:1");
  EXPECT_EQ(Changes(git_.Sha("HEAD")), "b=r/b:1");
  EXPECT_EQ(revisions_.at(git_.Sha("HEAD")).parent(), main);
  EXPECT_EQ(revisions_.at(side).depth(), 1);
}

TEST_F(ManifestImportTest, AnyDepthIsReachedInFewSteps) {
  std::vector<std::string> line = {git_.Commit("0")};
  for (int i = 1; i < 60; ++i) {
    git_.Git("commit -q --allow-empty -m next");
    line.push_back(git_.Sha("HEAD"));
  }
  ASSERT_TRUE(Import().ok());
  EXPECT_EQ(revisions_.at(line[0]).parent(), "");
  EXPECT_EQ(revisions_.at(line[0]).skip(), "");
  for (size_t from = 0; from < line.size(); ++from) {
    EXPECT_EQ(revisions_.at(line[from]).depth(), static_cast<int64_t>(from));
    for (size_t to = 0; to <= from; ++to) {
      const auto [sha, steps] = Walk(line[from], static_cast<int64_t>(to));
      EXPECT_EQ(sha, line[to]);
      EXPECT_LE(steps, 14) << from << " to " << to;
    }
  }
}

TEST_F(ManifestImportTest, WhatIsImportedLaterChangesNothingOfBefore) {
  for (int i = 0; i < 5; ++i) Tag("a", std::to_string(i));
  ASSERT_TRUE(Import().ok());
  const auto before = revisions_;
  Tag("a", "new");
  ASSERT_TRUE(Import().ok());
  for (const auto& [sha, revision] : before)
    EXPECT_EQ(revision.SerializeAsString(), revisions_.at(sha).SerializeAsString());
  EXPECT_EQ(revisions_.size(), 6u);
}

TEST_F(ManifestImportTest, AShallowCloneIsRefused) {
  Tag("a", "1");
  Tag("a", "2");
  const std::string clone = git_.OtherFolder("clone");
  git_.Git("clone -q --depth 1 file://" + git_.path() + " " + clone);
  EXPECT_THAT(Import(clone).ToString(), HasSubstr("git fetch --unshallow"));
}

}  // namespace
}  // namespace headway
