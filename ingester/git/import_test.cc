#include "ingester/git/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "ingester/git/git_fixture.h"
#include "ingester/git/repository_name.h"
#include "ingester/ndjson/observation_json.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class GitImportTest : public ::testing::Test {
 protected:
  GitImportTest() {
    options_.entity_ref = "component:default/app";
    options_.repository = "example.org/team/app";
    options_.author_key = "key";
    options_.now = absl::FromUnixSeconds(1800000000);
    git_.Commit("root");
  }

  void Import() { ImportFrom(git_.path()); }
  void ImportFrom(const std::string& path) {
    lines_.clear();
    commits_.clear();
    changes_.clear();
    deployments_.clear();
    statuses_.clear();
    auto repository = GitRepository::Open(path);
    ASSERT_TRUE(repository.ok()) << repository.status();
    auto summary = ImportGit(**repository, options_, [this](v1::Observation o) { return Take(o); }, {});
    ASSERT_TRUE(summary.ok()) << summary.status();
    summary_ = *summary;
  }

  absl::Status Take(const v1::Observation& o) {
    lines_.push_back(ObservationToJson(o));
    EXPECT_EQ(o.source(), "git:example.org/team/app");
    if (o.has_commit()) commits_[o.commit().sha()] = o.commit();
    if (o.has_change()) changes_[o.change().number()] = o.change();
    if (o.has_deployment()) deployments_.push_back(o.deployment());
    if (o.has_source_status()) statuses_.push_back(o.source_status());
    if (o.has_entity()) entity_ = o.entity();
    return absl::OkStatus();
  }

  // Time of a commit's author.
  int64_t Authored(const std::string& name) { return std::stoll(git_.Git("log -1 --format=%at " + name)); }
  int64_t Committed(const std::string& name) { return std::stoll(git_.Git("log -1 --format=%ct " + name)); }
  static std::vector<std::string> Shas(const google::protobuf::RepeatedPtrField<std::string>& field) {
    return {field.begin(), field.end()};
  }
  // As GitHub's button: one commit with the result of the branch.
  std::string Squash(int number, const std::string& branch) {
    git_.Git("checkout -q main");
    git_.Git("merge -q --squash " + branch);
    git_.Git(absl::StrCat("commit -q -m 'squashed (#", number, ")'"));
    return git_.Sha("HEAD");
  }
  std::string Merge(int number, const std::string& branch, const std::string& title = "a title") {
    git_.Git("checkout -q main");
    git_.Git(absl::StrCat("merge -q --no-ff -m 'Merge pull request #", number, " from team/", branch, "' -m '", title,
                          "' ", branch));
    return git_.Sha("HEAD");
  }

  GitFixture git_;
  GitImportOptions options_;
  GitImportSummary summary_;
  std::vector<std::string> lines_;
  std::map<std::string, v1::Commit> commits_;
  std::map<int64_t, v1::Change> changes_;
  std::vector<v1::Deployment> deployments_;
  std::vector<v1::SourceStatus> statuses_;
  v1::EntityDeclaration entity_;
};

TEST_F(GitImportTest, AMergedPullRequestBeginsWithTheFirstCommitOfItsBranch) {
  git_.Git("checkout -q -b feature");
  const std::string first = git_.Commit("one");
  git_.Git("checkout -q main");
  const std::string other = git_.Commit("meanwhile");
  git_.Git("checkout -q feature");
  git_.Git("merge -q -m 'Merge branch main' main");
  const std::string last = git_.Commit("two");
  const std::string merge = Merge(1, "feature");
  Import();
  ASSERT_EQ(changes_.size(), 1u);
  const v1::Change& change = changes_[1];
  EXPECT_EQ(change.merge_commit_sha(), merge);
  EXPECT_EQ(change.merged_at().seconds(), Committed(merge));
  EXPECT_EQ(change.first_commit_authored_at().seconds(), Authored(first));
  EXPECT_EQ(change.head_branch(), "feature");
  EXPECT_EQ(change.base_branch(), "main");
  EXPECT_THAT(Shas(change.commit_shas()), ElementsAre(first, git_.Sha(last + "^"), last));
  EXPECT_THAT(Shas(commits_[merge].parents()), ElementsAre(other, last));
  EXPECT_FALSE(change.has_opened_at());
}

TEST_F(GitImportTest, ASquashedPullRequestBeginsWithItsHeadsFirstCommitOrAtAnUnknownTime) {
  git_.Git("checkout -q -b a");
  const std::string first = git_.Commit("one");
  git_.Commit("two");
  git_.PullHead(1);
  git_.Git("checkout -q -b b main");
  git_.Commit("three");
  const std::string squash = Squash(1, "a");
  git_.Git("branch -q -D a");
  Import();
  EXPECT_EQ(changes_[1].first_commit_authored_at().seconds(), Authored(first));
  EXPECT_EQ(changes_[1].merge_commit_sha(), squash);
  EXPECT_THAT(Shas(changes_[1].commit_shas()), IsEmpty());

  git_.Git("update-ref -d refs/pull/1/head");
  Import();
  EXPECT_EQ(changes_[1].merge_commit_sha(), squash);
  EXPECT_FALSE(changes_[1].has_first_commit_authored_at());
  EXPECT_EQ(summary_.first_commit_unknown, 1);
}

TEST_F(GitImportTest, AnImportThatKnowsMoreHoldsOverAnEarlierOneAndAForgeOverBoth) {
  git_.Git("branch release-1.0");
  git_.Git("checkout -q -b a");
  git_.Commit("one");
  const std::string head = git_.Sha("HEAD");
  const std::string squash = Squash(1, "a");
  git_.Git("branch -q -D a");
  const auto version = [this] {
    return absl::Seconds(changes_[1].updated_at().seconds()) + absl::Nanoseconds(changes_[1].updated_at().nanos());
  };
  Import();
  const absl::Duration without = version();
  // As a clone fetches them.
  for (const char* ref : {"refs/remotes/origin/pull/1/head", "refs/remotes/origin/pr/1"}) {
    git_.Git(absl::StrCat("update-ref ", ref, " ", head));
    Import();
    EXPECT_EQ(changes_[1].first_commit_authored_at().seconds(), Authored(head)) << ref;
    EXPECT_GT(version(), without);
    git_.Git(absl::StrCat("update-ref -d ", ref));
  }
  Import();
  EXPECT_EQ(version(), without);
  git_.Git("checkout -q release-1.0");
  git_.Commit("only here");
  git_.Git("cherry-pick " + squash);
  Import();
  EXPECT_GT(version(), without);
  EXPECT_LT(version(), absl::Seconds(Committed(squash)));
}

TEST_F(GitImportTest, ANumberInATitleIsAnIssueWhereHeadsAreKnownAndItHasNone) {
  git_.Git("checkout -q -b a");
  git_.Commit("one");
  git_.PullHead(5);
  git_.Git("checkout -q main");
  git_.Commit("fix an issue (#3)");
  Import();
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(GitImportTest, ARebasedPullRequestIsRecognisedByItsCopies) {
  git_.Git("checkout -q -b a");
  const std::string first = git_.Commit("one");
  git_.Commit("two");
  git_.PullHead(4);
  git_.Git("checkout -q main");
  git_.Commit("meanwhile");
  git_.Git("checkout -q a");
  git_.Git("rebase -q main");
  git_.Git("checkout -q main");
  git_.Git("merge -q --ff-only a");
  git_.Git("branch -q -D a");
  git_.Commit("later");
  Import();
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_EQ(changes_[4].merge_commit_sha(), git_.Sha("main^"));
  EXPECT_EQ(changes_[4].first_commit_authored_at().seconds(), Authored(first));
  EXPECT_THAT(Shas(changes_[4].commit_shas()), ElementsAre(git_.Sha("main^^"), git_.Sha("main^")));
  EXPECT_EQ(summary_.rebases, 1);
}

TEST_F(GitImportTest, ABatchOfAMergeQueueIsSeveralPullRequests) {
  std::vector<std::string> firsts;
  for (int i = 1; i <= 3; ++i) {
    git_.Git(absl::StrCat("checkout -q -b b", i, " main"));
    firsts.push_back(git_.Commit(absl::StrCat("work ", i)));
  }
  // The queue stacks the merges on a branch of its own, and then moves the base to its end.
  git_.Git("checkout -q -b gh-readonly-queue/main/pr-3 main");
  for (int i = 1; i <= 3; ++i) {
    git_.Git(absl::StrCat("merge -q --no-ff -m 'Merge pull request #", i, " from team/b", i, "' b", i));
  }
  git_.Git("checkout -q main");
  git_.Git("merge -q --ff-only gh-readonly-queue/main/pr-3");
  Import();
  ASSERT_EQ(changes_.size(), 3u);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_THAT(Shas(changes_[i].commit_shas()), ElementsAre(firsts[i - 1]));
    EXPECT_EQ(changes_[i].merge_commit_sha(), git_.Sha(absl::StrCat("main~", 3 - i)));
    EXPECT_EQ(changes_[i].base_branch(), "main");
  }
}

TEST_F(GitImportTest, ARevertNamesWhatItUndoes) {
  git_.Git("checkout -q -b a");
  git_.Commit("one");
  const std::string merge = Merge(1, "a");
  git_.Git("checkout -q -b revert-1-a");
  git_.Git("revert --no-edit -m 1 " + merge);
  const std::string revert = git_.Sha("HEAD");
  Merge(2, "revert-1-a", "Revert \"a title\"");
  Import();
  EXPECT_THAT(Shas(commits_[revert].reverts()), ElementsAre(merge));
  EXPECT_THAT(Shas(changes_[2].reverts_shas()), ElementsAre(merge));
  EXPECT_THAT(changes_[2].reverts_numbers(), ElementsAre(1));
  EXPECT_THAT(changes_[1].reverts_numbers(), IsEmpty());
  EXPECT_EQ(summary_.reverts, 1);
}

TEST_F(GitImportTest, AStepBackWithinAPullRequestIsNoRevertOfAnother) {
  git_.Git("checkout -q -b a");
  const std::string step = git_.Commit("one");
  git_.Git("revert --no-edit HEAD");
  git_.Commit("better");
  Merge(1, "a", "Revert \"to better times\"");
  Import();
  EXPECT_THAT(Shas(changes_[1].reverts_shas()), IsEmpty());
  EXPECT_THAT(Shas(commits_[git_.Sha("a^")].reverts()), ElementsAre(step));
}

TEST_F(GitImportTest, AHotfixOnAReleaseBranchHasThatBaseAndItsCopyOnMainIsRecognised) {
  git_.Git("branch release-1.0");
  git_.Commit("going on");
  git_.Git("checkout -q -b hotfix/leak release-1.0");
  const std::string fix = git_.Commit("stop the leak");
  git_.Git("checkout -q release-1.0");
  git_.Git("merge -q --no-ff -m 'Merge pull request #7 from team/hotfix/leak' hotfix/leak");
  git_.Git("checkout -q main");
  git_.Git("cherry-pick -x " + fix);
  Import();
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_EQ(changes_[7].head_branch(), "hotfix/leak");
  EXPECT_EQ(changes_[7].base_branch(), "release-1.0");
  EXPECT_THAT(Shas(commits_[git_.Sha("main")].cherry_picked_from()), ElementsAre(fix));
}

TEST_F(GitImportTest, ASquashedPullRequestThatWasPickedToAReleaseBranchIsOneChangeWithACopy) {
  git_.Git("branch release-1.0");
  git_.Git("checkout -q -b a");
  git_.Commit("one");
  const std::string squash = Squash(8, "a");
  git_.Git("checkout -q release-1.0");
  git_.Commit("only here");
  git_.Git("cherry-pick " + squash);
  Import();
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_EQ(changes_[8].merge_commit_sha(), squash);
  EXPECT_THAT(Shas(changes_[8].cherry_pick_shas()), ElementsAre(git_.Sha("release-1.0")));
}

TEST_F(GitImportTest, AfterAForcePushTheBranchAsItWasMergedCounts) {
  git_.Git("checkout -q -b a");
  git_.Commit("draft");
  git_.Git("reset -q --hard main");
  const std::string final_commit = git_.Commit("final");
  git_.PullHead(9);
  Merge(9, "a");
  // And main itself is rewritten after that: the new history is what there is.
  git_.Git("checkout -q --detach main");
  git_.Git("commit -q --amend -m 'Merge pull request #9 from team/a, said better'");
  git_.Git("branch -f main HEAD");
  git_.Git("checkout -q main");
  Import();
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_EQ(changes_[9].merge_commit_sha(), git_.Sha("main"));
  EXPECT_EQ(changes_[9].first_commit_authored_at().seconds(), Authored(final_commit));
  EXPECT_THAT(Shas(changes_[9].commit_shas()), ElementsAre(final_commit));
}

TEST_F(GitImportTest, AnOctopusMergeBringsTheCommitsOfAllItsBranches) {
  std::vector<std::string> shas;
  for (const char* name : {"a", "b", "c"}) {
    git_.Git(absl::StrCat("checkout -q -b ", name, " main"));
    shas.push_back(git_.Commit(absl::StrCat("work on ", name)));
  }
  git_.Git("checkout -q main");
  git_.Git("merge -q --no-ff -m 'Merge pull request #3 from team/all' a b c");
  Import();
  EXPECT_THAT(Shas(changes_[3].commit_shas()), ElementsAre(shas[0], shas[1], shas[2]));
  EXPECT_EQ(commits_[git_.Sha("main")].parents_size(), 4);
  EXPECT_EQ(changes_[3].first_commit_authored_at().seconds(), Authored(shas[0]));
}

TEST_F(GitImportTest, ABranchThatWasMergedByHandIsRecognisedByItsHead) {
  git_.Git("checkout -q -b a");
  const std::string work = git_.Commit("one");
  git_.PullHead(11);
  git_.Git("checkout -q main");
  git_.Git("merge -q --no-ff -m 'Merge branch a' a");
  Import();
  EXPECT_EQ(changes_[11].merge_commit_sha(), git_.Sha("main"));
  EXPECT_THAT(Shas(changes_[11].commit_shas()), ElementsAre(work));
}

TEST_F(GitImportTest, TagsAreDeploymentsByTheirVersion) {
  git_.Git("tag v1.0.0-rc.1");
  git_.Git("tag -a -m first v1.0.0");
  git_.Commit("two");
  git_.Git("tag -a -m second v2.0.0");
  git_.Git("tag -a -m old v1.0.1 HEAD^");
  git_.Git("tag v2.0.0+git");
  git_.Git("tag nightly");
  Import();
  std::vector<std::string> got;
  for (const v1::Deployment& d : deployments_)
    got.push_back(absl::StrCat(d.key().substr(0, d.key().find('@')), " ", d.environment()));
  EXPECT_THAT(got, ElementsAre("release tags/v1.0.0-rc.1 staging", "release tags/v1.0.0 prod",
                               "release tags/v2.0.0 prod", "release tags/v1.0.1 prod-lts"));
  EXPECT_EQ(deployments_[0].finished_at().seconds(), Committed("v1.0.0-rc.1"));
  EXPECT_THAT(deployments_[0].revision_evidence(), HasSubstr("commit was committed"));
  EXPECT_GT(deployments_[1].finished_at().seconds(), Committed("v1.0.0^{commit}"));
  EXPECT_THAT(deployments_[1].revision_evidence(), HasSubstr("when it was tagged"));
  EXPECT_EQ(deployments_[1].source_revision(), git_.Sha("v1.0.0^{commit}"));
  EXPECT_THAT(summary_.deployments, ElementsAre(Pair("prod", 2), Pair("prod-lts", 1), Pair("staging", 1)));
}

TEST_F(GitImportTest, PatternsTakeThePlaceOfVersions) {
  git_.Git("tag v1.0.0");
  git_.Git("tag release-7");
  git_.Git("tag api/v3");
  options_.tag_patterns = {{"release-*", "live"}, {"v*", "test"}};
  Import();
  EXPECT_THAT(summary_.deployments, ElementsAre(Pair("live", 1), Pair("test", 1)));
}

TEST_F(GitImportTest, NothingOlderThanAskedForIsSent) {
  git_.Git("tag v1.0.0");
  const std::string later = git_.Commit("later");
  git_.Git("tag v1.1.0");
  options_.since = absl::FromUnixSeconds(Committed(later));
  Import();
  EXPECT_EQ(commits_.size(), 1u);
  EXPECT_TRUE(commits_.contains(later));
  EXPECT_EQ(deployments_.size(), 1u);
}

TEST_F(GitImportTest, PathsAreTheDifferenceToTheFirstParent) {
  git_.Git("checkout -q -b a");
  const std::string one = git_.Commit("one", "services/a/x");
  git_.Commit("two", "docs/y");
  git_.Git("mv services/a/x services/a/z");
  git_.Commit("three", "docs/y");
  Merge(1, "a");
  options_.paths = true;
  Import();
  EXPECT_THAT(Shas(commits_[one].paths().paths()), ElementsAre("services/a/x"));
  EXPECT_THAT(Shas(commits_[git_.Sha("a")].paths().paths()), ElementsAre("docs/y", "services/a/x", "services/a/z"));
  EXPECT_THAT(Shas(changes_[1].paths().paths()), ElementsAre("docs/y", "services/a/z"));
  EXPECT_EQ(changes_[1].changed_files(), 2);
  options_.paths = false;
  Import();
  EXPECT_FALSE(commits_[one].has_paths());
}

TEST_F(GitImportTest, NamesThatAreNoTextAreWrittenWithQuestionMarks) {
  const std::string sha = git_.Commit("odd", "caf\xe9/\xc3\xa9");
  options_.paths = true;
  Import();
  EXPECT_THAT(Shas(commits_[sha].paths().paths()), ElementsAre("caf?/\xc3\xa9"));
}

TEST_F(GitImportTest, AShallowCloneEndsAtAMissingParent) {
  git_.Commit("two");
  const std::string last = git_.Commit("three");
  const std::string clone = git_.OtherFolder("shallow");
  git_.Git("clone -q --depth 1 file://" + git_.path() + " " + clone);
  options_.paths = true;
  ImportFrom(clone);
  ASSERT_EQ(commits_.size(), 1u);
  EXPECT_THAT(Shas(commits_[last].parents()), ElementsAre(git_.Sha("HEAD^")));
  EXPECT_FALSE(commits_[last].has_paths());
}

TEST_F(GitImportTest, ACloneWithoutFileContentsIsEnough) {
  git_.Git("config uploadpack.allowFilter true");
  git_.Git("config uploadpack.allowAnySHA1InWant true");
  const std::string last = git_.Commit("two", "folder/file");
  const std::string clone = git_.OtherFolder("partial");
  git_.Git("clone -q --bare --filter=blob:none file://" + git_.path() + " " + clone);
  options_.paths = true;
  ImportFrom(clone);
  EXPECT_THAT(Shas(commits_[last].paths().paths()), ElementsAre("folder/file"));
}

TEST_F(GitImportTest, TheSameRepositoryGivesTheSameObservations) {
  git_.Git("checkout -q -b a");
  git_.Commit("one");
  Merge(1, "a");
  git_.Git("tag v1.0.0");
  Import();
  const std::vector<std::string> first = lines_;
  Import();
  EXPECT_EQ(lines_, first);
}

TEST_F(GitImportTest, BotsAreMarkedAndPeopleAreHashed) {
  git_.Git("checkout -q -b dependabot/x");
  git_.Author("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
  git_.Commit("bump");
  git_.Author("Ada", "ada@example.org");
  Merge(1, "dependabot/x");
  git_.Git("checkout -q -b a");
  git_.Commit("one");
  Merge(2, "a");
  Import();
  EXPECT_TRUE(changes_[1].bot());
  EXPECT_FALSE(changes_[2].bot());
  EXPECT_EQ(changes_[2].author_hash().size(), 32u);
  for (const std::string& line : lines_) EXPECT_EQ(line.find("ada@"), std::string::npos) << line;
}

TEST_F(GitImportTest, DeclaresTheEntityAndHowFarTheDataReach) {
  const std::string last = git_.Commit("last");
  options_.also = {"example.org/team/other"};
  options_.path_prefixes = {"services/a"};
  Import();
  EXPECT_EQ(entity_.entity_ref(), "component:default/app");
  ASSERT_EQ(entity_.repositories_size(), 2);
  EXPECT_EQ(entity_.repositories(0).repository(), "example.org/team/app");
  EXPECT_EQ(entity_.repositories(0).path_prefixes(0), "services/a");
  ASSERT_EQ(statuses_.size(), 2u);
  EXPECT_EQ(statuses_[0].complete_until().seconds(), Committed(last));
  EXPECT_EQ(statuses_[0].entity_refs(0), "component:default/app");
}

TEST(GitRepositoryTest, SaysWhatIsNoRepositoryOrEmpty) {
  EXPECT_TRUE(absl::IsNotFound(GitRepository::Open("/nonexistent").status()));
  GitFixture git;
  auto repository = GitRepository::Open(git.path());
  ASSERT_TRUE(repository.ok());
  auto summary = ImportGit(**repository, {}, [](v1::Observation) { return absl::OkStatus(); }, {});
  EXPECT_THAT(std::string(summary.status().message()), HasSubstr("the repository is empty"));
}

TEST(GitRepositoryTest, TakesTheNameFromTheUrl) {
  for (const char* url :
       {"https://github.com/team/app.git", "https://me:x@GitHub.com/team/app/", "git@github.com:team/app.git",
        "ssh://git@github.com:22/team/app", "git://github.com/team/app", "https://me:p@ss@github.com/team/app.git",
        "https://github.com/team/app?token=x"}) {
    EXPECT_EQ(RepositoryNameFromUrl(url), "github.com/team/app") << url;
  }
  EXPECT_EQ(RepositoryNameFromUrl("https://git.example.org/group/sub/app"), "git.example.org/group/sub/app");
  EXPECT_EQ(RepositoryNameFromUrl("https://me:p@ss/word@github.com/team/app"), "");
  EXPECT_EQ(RepositoryNameFromUrl("/srv/git/app.git"), "");
  EXPECT_EQ(RepositoryNameFromUrl("file:///srv/git/app.git"), "");
}

}  // namespace
}  // namespace headway
