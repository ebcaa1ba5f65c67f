// What is known later finds the deployments that it concerns, and no others.
#include "absl/strings/str_cat.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "aggregator/store/table_dump.h"
#include "gtest/gtest.h"

namespace headway::testing {
namespace {

constexpr char kOwn[] = "host/o/own";
constexpr char kManifests[] = "host/o/manifests";
constexpr int64_t kNow = 1'770'000'000;

std::string Sha(const std::string& start) { return start + std::string(40 - start.size(), '0'); }

v1::Observation Entity(const std::string& name, std::vector<std::string> repositories, uint64_t version = 1) {
  v1::Observation observation;
  observation.set_source("catalog");
  v1::EntityDeclaration& entity = *observation.mutable_entity();
  entity.set_entity_ref("component:default/" + name);
  entity.set_version(version);
  for (const std::string& repository : repositories) entity.add_repositories()->set_repository(repository);
  return observation;
}

// Number n of entity e, which runs the image; started n minutes after the beginning.
v1::Observation Deployment(int n, const std::string& image, const std::string& entity = "e") {
  v1::Observation observation;
  observation.set_source("cd");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("d", n));
  deployment.set_stream("app");
  deployment.set_environment("prod");
  if (!entity.empty()) deployment.set_entity_ref("component:default/" + entity);
  if (!image.empty()) deployment.add_images(image);
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  deployment.mutable_started_at()->set_seconds(kNow + n * 60);
  deployment.mutable_finished_at()->set_seconds(kNow + n * 60 + 30);
  return observation;
}

v1::Observation Artefact(const std::string& image, const std::string& tag, const std::string& sha, double minute) {
  v1::Observation observation;
  observation.set_source("ci");
  v1::Artefact& artefact = *observation.mutable_artefact();
  artefact.set_image(image);
  artefact.set_tag(tag);
  artefact.set_repository(kOwn);
  artefact.set_revision(sha);
  artefact.mutable_published_at()->set_seconds(kNow + static_cast<int64_t>(minute * 60));
  return observation;
}

v1::Observation Commit(const std::string& sha, const std::string& repository = kOwn) {
  v1::Observation observation;
  observation.set_source("git");
  v1::Commit& commit = *observation.mutable_commit();
  commit.set_repository(repository);
  commit.set_sha(sha);
  commit.mutable_authored_at()->set_seconds(kNow);
  commit.mutable_committed_at()->set_seconds(kNow);
  return observation;
}

v1::Observation TagRule(const std::string& image, const std::string& tag, uint64_t version = 1) {
  v1::Observation observation;
  observation.set_source("configuration");
  v1::ImageTagRule& rule = *observation.mutable_image_tag_rule();
  rule.set_id("rule");
  rule.set_version(version);
  rule.set_image(image);
  rule.set_tag(tag);
  rule.set_deleted(tag.empty());
  return observation;
}

// A commit of the manifests that is so deep, on the line that its parent is on; with what it makes of the images of a folder, if any.
v1::Observation Manifests(const std::string& sha, int64_t depth, const std::string& parent,
                          const std::string& folder = "", const std::string& image = "", uint64_t version = 1) {
  v1::Observation observation;
  observation.set_source("manifests");
  v1::ManifestRevision& revision = *observation.mutable_manifest_revision();
  revision.set_repository(kManifests);
  revision.set_revision(Sha(sha));
  revision.set_version(version);
  revision.set_depth(depth);
  if (depth > 0) {
    revision.set_parent(Sha(parent));
    revision.set_skip(Sha(parent));
    revision.set_skip_depth(depth - 1);
  }
  if (folder.empty()) return observation;
  revision.add_folders()->set_path(folder);
  if (!image.empty()) revision.mutable_folders(0)->add_images(image);
  return observation;
}

// Number n of entity e, of which only a folder of the manifests at a commit is known.
v1::Observation Missed(int n, const std::string& sha, const std::string& path = "apps/e") {
  v1::Observation observation = Deployment(n, "");
  v1::SyncedSource& synced = *observation.mutable_deployment()->add_synced();
  synced.set_repository(kManifests);
  synced.set_revision(Sha(sha));
  synced.set_path(path);
  return observation;
}

constexpr char kNoImage[] = "(\"no image is reported, and what was synced is from none of the entity's repositories\")";

class RevisionsTest : public ::testing::Test {
 protected:
  void Take(const std::vector<v1::Observation>& observations) {
    installation_.Ingest(observations);
    const int64_t before = installation_.objects();
    installation_.Drain();
    folded_ = installation_.objects() - before;
    all_.insert(all_.end(), observations.begin(), observations.end());
  }

  // "found_by revision", or why there is none.
  std::string Found(int n) {
    return installation_.Query(absl::StrCat(
        "SELECT CASE WHEN found_by > 0 THEN found_by || ' ' || left(source_revision, 8) ELSE unresolved END "
        "FROM dora.deployments WHERE source_key = 'd",
        n, "'"));
  }

  // Whatever came in whichever order gives what it gives at once.
  void TearDown() override {
    EXPECT_EQ(installation_.Rebuild().changed, 0);
    Installation other;
    other.Ingest(all_);
    other.Drain(false);
    EXPECT_EQ(Difference(other.Dump(), installation_.Dump()), "");
  }

  Installation installation_;
  std::vector<v1::Observation> all_;
  int64_t folded_ = 0;  // objects (and entities), by the last Take
};

TEST_F(RevisionsTest, ALateArtefactHealsTheDeploymentsOfItsTag) {
  Take({Entity("e", {kOwn})});
  Take({Deployment(1, "r/e:v1"), Deployment(2, "r/e:v2"), Deployment(3, "r/e:v1")});
  EXPECT_EQ(Found(1), "(\"the tag carries no commit, and no artefact is reported for the image\")");
  Take({Artefact("r/e", "v1", Sha("aa"), 100)});
  EXPECT_EQ(folded_, 1 + 2) << "the artefact, and two deployments";
  EXPECT_EQ(Found(1), "(\"4 aa000000\")");
  EXPECT_EQ(Found(3), "(\"4 aa000000\")");
  EXPECT_EQ(Found(2), "(\"the tag carries no commit, and no artefact is reported for the image\")");
  Take({Artefact("r/other", "v2", Sha("bb"), 100)});
  EXPECT_EQ(folded_, 1) << "nobody runs it";
}

TEST_F(RevisionsTest, AReportOfAMutableTagConcernsWhatStartedUntilTheNext) {
  Take({Entity("e", {kOwn})});
  std::vector<v1::Observation> deployments;
  for (int n = 1; n <= 50; ++n) deployments.push_back(Deployment(n, "r/e:latest"));
  Take(deployments);
  Take({Artefact("r/e", "latest", Sha("aa"), 10.5)});
  EXPECT_EQ(Found(1), "(\"4 aa000000\")") << "one commit alone holds for all";
  Take({Artefact("r/e", "latest", Sha("bb"), 20.5)});
  EXPECT_EQ(Found(1), "(\"artefacts of different commits are reported for the image, all of them later\")");
  EXPECT_EQ(Found(20), "(\"4 aa000000\")");
  EXPECT_EQ(Found(21), "(\"4 bb000000\")");
  Take({Artefact("r/e", "latest", Sha("cc"), 15.5)});
  EXPECT_EQ(folded_, 1 + 5) << "those between the report and the next";
  EXPECT_EQ(Found(15), "(\"4 aa000000\")");
  EXPECT_EQ(Found(16), "(\"4 cc000000\")");
  EXPECT_EQ(Found(21), "(\"4 bb000000\")");
  Take({Artefact("r/e", "latest", Sha("dd"), 5.5)});
  EXPECT_EQ(folded_, 1 + 5);
  EXPECT_EQ(Found(6), "(\"4 dd000000\")");
}

TEST_F(RevisionsTest, ACommitThatATagAwaitsHealsAndASecondTakesItBack) {
  Take({Entity("e", {kOwn})});
  Take({Deployment(1, "r/e:sha-abcdef1"), Deployment(2, "r/e:sha-fedcba9")});
  EXPECT_EQ(Found(1), "(\"the commit in the image's tag is not in the mirrored history\")");
  Take({Commit(Sha("1234567")), Commit(Sha("abcdef1"), "host/o/foreign")});
  EXPECT_EQ(folded_, 2) << "the repositories, and no deployment: none of the two is awaited";
  Take({Commit(Sha("abcdef1"))});
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
  Take({Commit(Sha("abcdef12"))});
  EXPECT_EQ(Found(1), "(\"the digits in the image's tag begin several commits\")");
  EXPECT_EQ(Found(2), "(\"the commit in the image's tag is not in the mirrored history\")");
}

TEST_F(RevisionsTest, ARuleConcernsTheTagsThatItReadsOtherwise) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1"))});
  Take({Deployment(1, "r/e:build_abcdef1"), Deployment(2, "r/e:sha-abcdef1"), Deployment(3, "r/x:v1")});
  EXPECT_EQ(Found(1), "(\"the tag carries no commit, and no artefact is reported for the image\")");
  EXPECT_EQ(Found(2), "(\"3 abcdef10\")");
  Take({TagRule("r/e", "(?:build_|sha-)(?P<commit>[0-9a-f]{7})")});
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
  EXPECT_EQ(Found(2), "(\"3 abcdef10\")");
  EXPECT_EQ(folded_, 1 + 2) << "of the third nothing is read, before and after";
  Take({TagRule("r/e", "sha-(?P<commit>[0-9a-f]{7})", 2)});
  EXPECT_EQ(folded_, 1 + 1);
  EXPECT_EQ(Found(1), "(\"the tag carries no commit, and no artefact is reported for the image\")");
  Take({TagRule("", "", 3)});
  EXPECT_EQ(Found(2), "(\"3 abcdef10\")") << "without rules the usual forms hold again";
}

TEST_F(RevisionsTest, ARepositoryThatTheEntityGetsOrLosesConcernsAllThatIsFoundByIt) {
  Take({Entity("e", {}), Commit(Sha("abcdef1")), Entity("f", {kOwn})});
  Take({Deployment(1, "r/e:sha-abcdef1"), Deployment(2, "r/f:sha-abcdef1", "f")});
  EXPECT_EQ(Found(1), "(\"the entity names no repository\")");
  EXPECT_EQ(Found(2), "(\"3 abcdef10\")");
  Take({Entity("e", {kOwn}, 2)});
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
  Take({Entity("e", {"host/o/another"}, 3)});
  EXPECT_EQ(Found(1), "(\"the commit in the image's tag is not in the mirrored history\")");
}

TEST_F(RevisionsTest, ManifestsThatComeLaterHealWhatNamedNoImage) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1")), Commit(Sha("fedcba9"))});
  Take({Missed(1, "c1"), Missed(2, "c3"), Missed(3, "c4"), Missed(4, "c3", "apps/other")});
  EXPECT_EQ(Found(1), kNoImage);
  Take({Manifests("c0", 0, "", "apps/e", "r/e:sha-abcdef1"), Manifests("c1", 1, "c0"),
        Manifests("c2", 2, "c1", "apps/e", "r/e:sha-fedcba9"), Manifests("c3", 3, "c2", "apps/x", "r/x:1")});
  EXPECT_EQ(folded_, 4 + 3) << "the commits, and who synced one of them";
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
  EXPECT_EQ(Found(2), "(\"3 fedcba90\")");
  EXPECT_EQ(Found(3), kNoImage) << "its commit is not told yet";
  EXPECT_EQ(Found(4), kNoImage);
  Take({Manifests("c4", 4, "c3", "apps/e", "r/e:v9")});
  EXPECT_EQ(folded_, 1 + 1) << "what came before is not asked again";
  EXPECT_EQ(Found(3), "(\"the tag carries no commit, and no artefact is reported for the image\")");
  Take({Artefact("r/e", "v9", Sha("aa"), 100)});
  EXPECT_EQ(Found(3), "(\"4 aa000000\")") << "an image of the manifests is looked up like any other";
  EXPECT_EQ(installation_.Query("SELECT images[1], revision_evidence FROM dora.deployments WHERE source_key = 'd2'"),
            "(r/e:sha-fedcba9,\"tag sha-fedcba9 of image r/e; the manifests name it: apps/e of host/o/manifests since "
            "c20000000000\")");
  Take({Manifests("c0", 0, "", "apps/e", "r/e:sha-abcdef1")});
  EXPECT_EQ(folded_, 0) << "told again";
}

TEST_F(RevisionsTest, ManifestsThatAreThereAlreadyAnswerAtOnce) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1")), Manifests("c0", 0, "", "apps/e", "r/e:sha-abcdef1"),
        Manifests("c1", 1, "c0")});
  Take({Missed(1, "c1", "./apps/e/")});
  EXPECT_EQ(folded_, 1);
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
  v1::Observation named = Missed(1, "c1", "./apps/e/");
  named.mutable_deployment()->set_version(2);
  named.mutable_deployment()->add_images("r/e:v1");
  Take({named});
  EXPECT_EQ(Found(1), "(\"the tag carries no commit, and no artefact is reported for the image\")")
      << "what the source says of images comes first";
  EXPECT_EQ(installation_.Query("SELECT count(*) FROM dora.deployed_manifests"), "(0)");
}

TEST_F(RevisionsTest, ABranchBesideSaysNothingOfTheLine) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1")), Commit(Sha("fedcba9"))});
  Take({Manifests("c0", 0, "", "apps/e", "r/e:sha-abcdef1"), Manifests("c1", 1, "c0"), Manifests("c2", 2, "c1"),
        Manifests("b1", 1, "c0"), Manifests("b2", 2, "b1", "apps/e", "r/e:sha-fedcba9"), Missed(1, "c2"),
        Missed(2, "b2"), Missed(3, "b1")});
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")") << "as deep, and not on its line";
  EXPECT_EQ(Found(2), "(\"3 fedcba90\")");
  EXPECT_EQ(Found(3), "(\"3 abcdef10\")") << "before it";
}

TEST_F(RevisionsTest, CommitsOfManifestsMayComeInAnyOrder) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1")), Commit(Sha("fedcba9")), Missed(1, "c3")});
  Take({Manifests("c3", 3, "c2")});
  Take({Manifests("c0", 0, "", "apps/e", "r/e:sha-abcdef1")});
  EXPECT_EQ(Found(1), kNoImage) << "nothing says that the one is on the line of the other";
  Take({Manifests("c2", 2, "c1")});
  Take({Manifests("c1", 1, "c0")});
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
}

TEST_F(RevisionsTest, ManifestsThatAreReadOtherwiseOrTakenBackAreFollowed) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1")), Commit(Sha("fedcba9")), Missed(1, "c1"),
        Manifests("c0", 0, "", "apps/e", "r/e:sha-abcdef1"), Manifests("c1", 1, "c0")});
  EXPECT_EQ(Found(1), "(\"3 abcdef10\")");
  Take({Manifests("c0", 0, "", "apps/e", "r/e:sha-fedcba9", 2)});
  EXPECT_EQ(Found(1), "(\"3 fedcba90\")");
  v1::Observation broken = Manifests("c1", 1, "c0", "apps/e", "", 3);
  broken.mutable_manifest_revision()->mutable_folders(0)->set_problem("a.yaml:1: is no YAML");
  Take({broken});
  EXPECT_EQ(Found(1), "(\"the manifests that were synced could not be read\")");
  v1::Observation back = Manifests("c1", 1, "c0", "", "", 4);
  back.mutable_manifest_revision()->set_withdrawn(true);
  Take({back});
  EXPECT_EQ(Found(1), kNoImage);
  Take({Manifests("c1", 1, "c0", "", "", 5)});
  EXPECT_EQ(Found(1), "(\"3 fedcba90\")");
}

TEST_F(RevisionsTest, WhatSaysItselfWhatItRunsAsksNothing) {
  Take({Entity("e", {kOwn}), Commit(Sha("abcdef1"))});
  // Whoever touches one of these tables waits for the lock, until the test is over its time.
  auto other = Connection::Open(installation_.url()).value();
  ASSERT_TRUE(RunSql(*other, "BEGIN").ok());
  ASSERT_TRUE(
      RunSql(*other,
             "LOCK TABLE dora.artefacts, dora.deployed_images, dora.deployed_prefixes, dora.prefix_repositories, "
             "dora.manifest_revisions, dora.manifest_images, dora.deployed_manifests "
             "IN ACCESS EXCLUSIVE MODE")
          .ok());
  std::vector<v1::Observation> deployments;
  for (int n = 1; n <= 20; ++n) {
    deployments.push_back(Deployment(n, "r/e:sha-abcdef1"));
    deployments.back().mutable_deployment()->set_source_revision(n % 2 == 0 ? Sha("abcdef1") : Sha("1234567"));
  }
  Take({deployments.begin(), deployments.begin() + 10});
  Take({deployments.begin() + 10, deployments.end()});
  ASSERT_TRUE(RunSql(*other, "ROLLBACK").ok());
  EXPECT_EQ(Found(1), "(\"1 12345670\")");
}

TEST_F(RevisionsTest, GapsOfUnmappedStreamsAreSeenAndMoveWithTheirStream) {
  const auto numbered = [](int n) {
    v1::Observation observation = Deployment(n, "", "");
    observation.mutable_deployment()->set_source_revision(Sha("aa"));
    observation.mutable_deployment()->set_sequence(n);
    return observation;
  };
  const auto gaps = [&] {
    return installation_.Query("SELECT string_agg(entity_ref || ' ' || at_least, ',' ORDER BY until) FROM dora.gaps");
  };
  Take({numbered(1), numbered(5)});
  EXPECT_EQ(gaps(), "(\" 3\")");
  Take({numbered(3)});
  EXPECT_EQ(gaps(), "(\" 1, 1\")");
  v1::Observation mapping;
  mapping.set_source("cd");
  mapping.mutable_stream_mapping()->set_id("m");
  mapping.mutable_stream_mapping()->set_stream("app");
  mapping.mutable_stream_mapping()->set_entity_ref("component:default/e");
  Take({mapping});
  EXPECT_EQ(gaps(), "(\"component:default/e 1,component:default/e 1\")");
  Take({numbered(8)});
  EXPECT_EQ(gaps(), "(\"component:default/e 1,component:default/e 1,component:default/e 2\")");
  Take({numbered(2), numbered(4), numbered(6), numbered(7)});
  EXPECT_EQ(gaps(), "()");
}

}  // namespace
}  // namespace headway::testing
