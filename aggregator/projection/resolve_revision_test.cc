#include "aggregator/projection/resolve_revision.h"

#include <algorithm>

#include "aggregator/projection/entity_builder.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using testing::At;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Sha;

constexpr char kOwn[] = "github.com/acme/payments";
constexpr char kOther[] = "github.com/acme/tools";
constexpr char kManifests[] = "github.com/acme/manifests";

// A deployment that starts at minute 60, of component:default/payments.
class ResolveRevisionTest : public ::testing::Test {
 protected:
  ResolveRevisionTest() {
    owner_ = {"component:default/payments", "", {kOwn}};
    fact_.started = At(60);
    fact_.synced = At(65);
  }

  void Image(const std::string& image) { fact_.images.push_back(image); }
  void Mirror(const std::string& sha, const std::string& repository = kOwn) { mirrored_.push_back({repository, sha}); }
  void Report(const std::string& name, const std::string& sha, double minute, const std::string& repository = kOwn) {
    reports_[name].push_back({repository, sha, At(minute)});
  }

  DeploymentFact Resolve() {
    DeploymentFact fact = fact_;
    std::sort(fact.images.begin(), fact.images.end());
    question_ = AskRevision(fact, clues_, owner_, rules_);
    RevisionAnswers answers;
    for (const CommitPrefix& prefix : question_.prefixes) {
      for (const CommitRef& commit : mirrored_) {
        if (commit.repository == prefix.repository && commit.sha.rfind(prefix.digits, 0) == 0)
          answers.commits[prefix].push_back(commit.sha);
      }
    }
    for (const std::string& name : question_.lookup_names) {
      if (reports_.contains(name)) answers.reports[{name, question_.started}] = reports_[name];
    }
    ResolveRevision(question_, answers, clues_, owner_, &fact);
    return fact;
  }

  // "found_by repository revision", or why not.
  std::string Outcome() {
    const DeploymentFact fact = Resolve();
    EXPECT_EQ(fact.source_revision.empty(), fact.found_by == FoundBy::kNothing);
    EXPECT_EQ(fact.source_revision.empty(), !fact.unresolved.empty());
    if (fact.source_revision.empty()) return fact.unresolved;
    EXPECT_THAT(fact.revision_evidence, ::testing::Not(IsEmpty()));
    return std::to_string(static_cast<int>(fact.found_by)) + " " + fact.repository + " " + fact.source_revision;
  }
  static std::string By(FoundBy found_by, const std::string& sha, const std::string& repository = kOwn) {
    return std::to_string(static_cast<int>(found_by)) + " " + repository + " " + sha;
  }

  RevisionOwner owner_;
  ImageTagRules rules_;
  DeploymentFact fact_;
  RevisionClues clues_;
  std::vector<CommitRef> mirrored_;
  absl::flat_hash_map<std::string, std::vector<ArtefactReport>> reports_;
  RevisionQuestion question_;
};

TEST_F(ResolveRevisionTest, WhatTheSourceReportsHolds) {
  fact_.source_revision = "v1";
  fact_.revision_evidence = "tag v1 of the repository";
  clues_.synced = {{kOwn, Sha("own"), ""}, {kManifests, Sha("m"), ""}};
  Image("r/payments:" + Sha("image"));
  const DeploymentFact fact = Resolve();
  EXPECT_EQ(fact.source_revision, "v1");
  EXPECT_EQ(fact.found_by, FoundBy::kReported);
  EXPECT_EQ(fact.revision_evidence, "tag v1 of the repository");
  EXPECT_EQ(fact.config_revision, Sha("m"));
  EXPECT_THAT(question_.images, IsEmpty());
  EXPECT_TRUE(question_.depends_on_entity) << "which of them is its own";
}

TEST_F(ResolveRevisionTest, ASyncedCommitOfAnOwnRepositoryIsIt) {
  clues_.synced = {{kManifests, Sha("m"), ""}, {kOwn, Sha("own"), ""}, {"charts.example.com", "1.2.3", "redis"}};
  Image("r/payments:" + Sha("image"));
  const DeploymentFact fact = Resolve();
  EXPECT_EQ(Outcome(), By(FoundBy::kOwnRepository, Sha("own")));
  EXPECT_EQ(fact.config_revision, Sha("m") + ",1.2.3");
  EXPECT_THAT(question_.images, IsEmpty());
}

TEST_F(ResolveRevisionTest, AChartOfAnOwnRepositoryIsNoCommit) {
  clues_.synced = {{kOwn, "1.2.3", "payments"}};
  EXPECT_THAT(Outcome(), HasSubstr("from none of the entity's repositories"));
  EXPECT_EQ(Resolve().config_revision, "1.2.3");
}

TEST_F(ResolveRevisionTest, AWholeIdInATagNeedsNoMirror) {
  clues_.synced = {{kManifests, Sha("m"), ""}};
  Image("r/payments:sha-" + Sha("a"));
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, Sha("a")));
  EXPECT_EQ(Resolve().config_revision, Sha("m"));
  EXPECT_THAT(question_.prefixes, ElementsAre(CommitPrefix{kOwn, Sha("a")}));
}

TEST_F(ResolveRevisionTest, AWholeIdOfSeveralRepositoriesIsWhereItIsMirrored) {
  owner_.repositories = {kOwn, kOther};
  Image("r/payments:sha-" + Sha("a"));
  EXPECT_EQ(Outcome(), "the commit in the image's tag is not in the mirrored history");
  Mirror(Sha("a"), kOther);
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, Sha("a"), kOther));
  Mirror(Sha("a"), kOwn);
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, Sha("a"), kOwn)) << "a fork has the same commits";
}

TEST_F(ResolveRevisionTest, AnAbbreviatedIdMustBeginOneCommitOfTheMirror) {
  const std::string sha = "abcdef1" + std::string(33, '1');
  Image("r/payments:main-abcdef1");
  EXPECT_EQ(Outcome(), "the commit in the image's tag is not in the mirrored history");
  Mirror(sha);
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, sha));
  Mirror("abcdef1" + std::string(33, '2'));
  EXPECT_EQ(Outcome(), "the digits in the image's tag begin several commits");
  Report("r/payments:main-abcdef1", Sha("reported"), 10);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("reported"))) << "a report is the next to be asked";
}

TEST_F(ResolveRevisionTest, TwoRepositoriesShareTheDigits) {
  owner_.repositories = {kOwn, kOther};
  Image("r/payments:abcdef1");
  Mirror("abcdef1" + std::string(33, '1'), kOwn);
  Mirror("abcdef1" + std::string(33, '2'), kOther);
  EXPECT_EQ(Outcome(), "the digits in the image's tag begin several commits");
}

TEST_F(ResolveRevisionTest, AnArtefactOfASemverTagIsItWheneverItIsReported) {
  Image("r/payments:v1.2.0");
  EXPECT_EQ(Outcome(), "the tag carries no commit, and no artefact is reported for the image");
  EXPECT_THAT(Resolve().revision_evidence, HasSubstr("r/payments:v1.2.0"));
  Report("r/payments:v1.2.0", Sha("a"), 500);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("a")));
  EXPECT_THAT(Resolve().revision_evidence, HasSubstr("r/payments:v1.2.0, published 2026-03-02T08:20:00Z"));
}

TEST_F(ResolveRevisionTest, OfAMutableTagTheLatestReportBeforeTheStartHolds) {
  Image("r/payments:latest");
  Report("r/payments:latest", Sha("later"), 61);
  Report("r/payments:latest", Sha("at"), 60);
  EXPECT_EQ(Outcome(), "artefacts of different commits are reported for the image, all of them later");
  Report("r/payments:latest", Sha("first"), 10);
  Report("r/payments:latest", Sha("second"), 59);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("second")));
}

TEST_F(ResolveRevisionTest, ADigestIsTheSameContentInAnotherRegistry) {
  Image("prod/payments@sha256:ab");
  Report("sha256:ab", Sha("a"), 10);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("a")));
  Report("prod/payments@sha256:ab", Sha("b"), 20);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("b"))) << "what is said of this very image comes first";
}

TEST_F(ResolveRevisionTest, ADigestIsSurerThanATag) {
  Image("r/payments:v1@sha256:ab");
  Report("r/payments:v1", Sha("tag"), 30);
  Report("r/payments@sha256:ab", Sha("digest"), 10);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("digest")));
}

TEST_F(ResolveRevisionTest, ImagesOfOthersDoNotCount) {
  Image("r/payments:v1");
  Image("quay.io/prometheus/exporter:v2");
  Report("r/payments:v1", Sha("a"), 10);
  Report("quay.io/prometheus/exporter:v2", Sha("z"), 10, "github.com/prometheus/exporter");
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("a")));
  reports_.erase("r/payments:v1");
  EXPECT_EQ(Outcome(), "the image was built from none of the entity's repositories");
}

TEST_F(ResolveRevisionTest, AReportKnowsBetterThanAnIdTakenAtItsWord) {
  Image("envoy:" + Sha("envoy"));
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, Sha("envoy")));
  Report("envoy:" + Sha("envoy"), Sha("envoy"), 10, "github.com/envoyproxy/envoy");
  EXPECT_EQ(Outcome(), "the image was built from none of the entity's repositories");
}

TEST_F(ResolveRevisionTest, SeveralImagesOfOneCommitAgree) {
  Image("r/payments:sha-" + Sha("a"));
  Image("r/payments-migrate:v1");
  Report("r/payments-migrate:v1", Sha("a"), 10);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("a"))) << "the first image in order";
}

TEST_F(ResolveRevisionTest, OfDifferentCommitsTheImageThatIsCalledLikeTheEntityHolds) {
  Image("r/tools:v3");
  Image("r/payments:sha-" + Sha("a"));
  Report("r/tools:v3", Sha("b"), 10);
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, Sha("a")));
}

TEST_F(ResolveRevisionTest, TheAnnotatedImageComesFirst) {
  Image("r/acme/tools:v3");
  Image("r/payments:sha-" + Sha("a"));
  Report("r/acme/tools:v3", Sha("b"), 10);
  owner_.image = "acme/tools";
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("b")));
}

TEST_F(ResolveRevisionTest, DifferentCommitsWithoutAPreferenceAreAmbiguous) {
  Image("r/web:v1");
  Image("r/worker:v1");
  Report("r/web:v1", Sha("a"), 10);
  Report("r/worker:v1", Sha("b"), 10);
  clues_.rendered_from = CommitRef{kOwn, Sha("c")};
  EXPECT_THAT(Outcome(), HasSubstr("ambiguous"));
  EXPECT_THAT(Resolve().revision_evidence, HasSubstr("r/web:v1 to " + Sha("a").substr(0, 12)));
}

TEST_F(ResolveRevisionTest, AMirroredCommitIsBetterThanOneTakenAtItsWord) {
  Image("r/web:sha-" + Sha("a"));
  Image("r/worker:" + Sha("b"));
  EXPECT_THAT(Outcome(), HasSubstr("ambiguous"));
  Mirror(Sha("b"));
  EXPECT_EQ(Outcome(), By(FoundBy::kImageTag, Sha("b")));
}

TEST_F(ResolveRevisionTest, WhatTheManifestsWereRenderedFromIsTheLast) {
  clues_.synced = {{kManifests, Sha("m"), ""}};
  clues_.rendered_from = CommitRef{kOwn, Sha("dry")};
  EXPECT_EQ(Outcome(), By(FoundBy::kRenderedFrom, Sha("dry")));
  Image("r/payments:v1");
  EXPECT_EQ(Outcome(), By(FoundBy::kRenderedFrom, Sha("dry")));
  Report("r/payments:v1", Sha("a"), 10);
  EXPECT_EQ(Outcome(), By(FoundBy::kArtefact, Sha("a")));
  clues_.rendered_from->repository = kManifests;
  reports_.clear();
  EXPECT_THAT(Outcome(), HasSubstr("no artefact is reported"));
}

TEST_F(ResolveRevisionTest, WithoutARepositoryNothingIsItsOwn) {
  owner_.repositories = {};
  Image("r/payments:sha-" + Sha("a"));
  EXPECT_EQ(Outcome(), "the entity names no repository");
  EXPECT_TRUE(question_.depends_on_entity);
  EXPECT_THAT(question_.lookup_names, IsEmpty());
}

TEST_F(ResolveRevisionTest, NothingSaidIsNothingToDependOn) {
  EXPECT_EQ(Outcome(), "neither a commit nor an image is reported");
  EXPECT_FALSE(question_.depends_on_entity);
}

bool ByCommit(const ArtefactReport& a, const ArtefactReport& b) {
  return std::tie(a.repository, a.revision, a.published_at) < std::tie(b.repository, b.revision, b.published_at);
}

TEST(ChooseReport, NeedsNoMoreThanTheLatestBeforeAndTheEnds) {
  // What the store returns gives what all of them give.
  std::vector<ArtefactReport> all = {{"r", "b", At(5)}, {"r", "a", At(7)}, {"r", "a", At(3)}, {"s", "a", At(9)}};
  for (int started = 0; started < 12; ++started) {
    for (size_t n = 1; n <= all.size(); ++n) {
      const std::vector<ArtefactReport> some(all.begin(), all.begin() + n);
      std::vector<ArtefactReport> enough = {*std::min_element(some.begin(), some.end(), ByCommit),
                                            *std::max_element(some.begin(), some.end(), ByCommit)};
      std::optional<ArtefactReport> before;
      for (const ArtefactReport& report : some) {
        if (report.published_at < At(started) && (!before.has_value() || before->published_at < report.published_at))
          before = report;
      }
      if (before.has_value()) enough.push_back(*before);
      EXPECT_EQ(ChooseReport(some, At(started)), ChooseReport(enough, At(started))) << started << ", " << n;
    }
  }
  EXPECT_EQ(ChooseReport({}, At(0)), std::nullopt);
}

}  // namespace
}  // namespace headway
