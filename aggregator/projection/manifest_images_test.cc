#include "aggregator/projection/manifest_images.h"

#include "aggregator/projection/entity_builder.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/validate.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Sha;

constexpr char kManifests[] = "github.com/acme/manifests";
constexpr char kProblem[] = "the manifests that were synced could not be read";

v1::Observation Revision(const std::string& sha, int64_t depth, uint64_t version = 1) {
  v1::Observation observation;
  observation.set_source("manifests");
  v1::ManifestRevision& revision = *observation.mutable_manifest_revision();
  revision.set_repository(kManifests);
  revision.set_revision(sha);
  revision.set_version(version);
  revision.set_depth(depth);
  if (depth > 0) {
    revision.set_parent(Sha("parent"));
    revision.set_skip(Sha("parent"));
    revision.set_skip_depth(depth - 1);
  }
  return observation;
}

class ManifestImagesTest : public ::testing::Test {
 protected:
  ManifestImagesTest() {
    owner_ = {"component:default/payments", "", {"github.com/acme/payments"}};
    clues_.synced = {{kManifests, Sha("m"), "", "./apps/payments/"}};
  }

  DeploymentFact Resolve(const ManifestAnswers& found, const RevisionAnswers& answers = {}) {
    DeploymentFact fact = fact_;
    const std::vector<ManifestPlace> places = AskManifests(fact, clues_, owner_);
    TakeImages(places, found, &fact);
    ResolveRevision(AskRevision(fact, clues_, owner_, rules_), answers, clues_, owner_, &fact);
    SayWhereImagesStood(places, found, &fact);
    return fact;
  }

  RevisionOwner owner_;
  RevisionClues clues_;
  DeploymentFact fact_;
  ImageTagRules rules_;
  const ManifestPlace place_{kManifests, Sha("m"), "apps/payments"};
};

TEST_F(ManifestImagesTest, OnlyWhatNamesNeitherCommitNorImageAsks) {
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), ElementsAre(place_));
  fact_.images = {"r/payments:v1"};
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), IsEmpty());
  fact_.images.clear();
  fact_.source_revision = "v1";
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), IsEmpty());
  fact_.source_revision.clear();
  clues_.synced.push_back({owner_.repositories[0], Sha("own"), "", ""});
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), IsEmpty()) << "an own commit was synced";
  clues_.synced = {{"charts.example.com", "1.2.3", "redis", ""}, {kManifests, "v1.2", "", ""}};
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), IsEmpty()) << "a chart, and no commit";
  clues_.synced = {{kManifests, Sha("m"), "", "."}, {kManifests, Sha("m"), "", ""}};
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), ElementsAre(ManifestPlace{kManifests, Sha("m"), ""}));
  owner_.repositories.clear();
  EXPECT_THAT(AskManifests(fact_, clues_, owner_), IsEmpty()) << "nothing could be its own";
}

TEST_F(ManifestImagesTest, ImagesOfTheManifestsLeadToTheCommit) {
  const DeploymentFact fact = Resolve({{place_, {{"r/payments:sha-" + Sha("a")}, "", Sha("since")}}});
  EXPECT_EQ(fact.found_by, FoundBy::kImageTag);
  EXPECT_EQ(fact.source_revision, Sha("a"));
  EXPECT_EQ(fact.config_revision, Sha("m"));
  EXPECT_THAT(fact.images, ElementsAre("r/payments:sha-" + Sha("a")));
  EXPECT_EQ(fact.revision_evidence, "tag sha-" + Sha("a") +
                                        " of image r/payments; the manifests name it: apps/payments of " + kManifests +
                                        " since " + Sha("since").substr(0, 12));
}

TEST_F(ManifestImagesTest, WhatIsNotFoundSaysWhereItLooked) {
  EXPECT_EQ(Resolve({}).unresolved,
            "no image is reported, and what was synced is from none of the entity's repositories");
  const DeploymentFact named = Resolve({{place_, {{"r/payments:v1"}, "", Sha("since")}}});
  EXPECT_EQ(named.unresolved, "the tag carries no commit, and no artefact is reported for the image");
  EXPECT_THAT(named.revision_evidence, ::testing::HasSubstr("r/payments:v1; the manifests name it: apps/payments of "));
  const DeploymentFact broken = Resolve({{place_, {{}, "a.yaml:3: is no YAML", Sha("since")}}});
  EXPECT_EQ(broken.unresolved, kProblem);
  EXPECT_EQ(broken.revision_evidence,
            std::string(kProblem) + ": apps/payments of " + kManifests + ": a.yaml:3: is no YAML");
}

TEST_F(ManifestImagesTest, FoldsByVersionWhateverTheOrder) {
  v1::Observation first = Revision(Sha("m"), 3, 1), second = Revision(Sha("m"), 3, 2);
  first.mutable_manifest_revision()->add_folders()->set_path("old");
  v1::ManifestFolder& folder = *second.mutable_manifest_revision()->add_folders();
  folder.set_path("b");
  for (const char* image : {"z:1", "a:1", "z:1"}) folder.add_images(image);
  second.mutable_manifest_revision()->add_folders()->set_path("a");
  const std::vector<std::string> payloads = {CanonicalPayload(first), CanonicalPayload(second)};
  const ManifestRevisionFact fact = FoldManifestRevision(payloads);
  EXPECT_EQ(fact, FoldManifestRevision(std::vector<std::string>{payloads[1], payloads[0], payloads[1]}));
  EXPECT_EQ(fact.depth, 3);
  EXPECT_THAT(fact.folders, ElementsAre(ManifestFolderFact{"a", {}, ""}, ManifestFolderFact{"b", {"a:1", "z:1"}, ""}));
  v1::Observation third = Revision(Sha("m"), 3, 3);
  third.mutable_manifest_revision()->set_withdrawn(true);
  EXPECT_TRUE(FoldManifestRevision(std::vector<std::string>{payloads[0], CanonicalPayload(third)}).withdrawn);
  EXPECT_FALSE(FoldManifestRevision({}).exists);
}

// The field that is refused, or nothing.
std::string Refused(const v1::Observation& observation) {
  const auto error = Validate(observation);
  return error.has_value() ? error->field : "";
}

TEST_F(ManifestImagesTest, WhatCannotBeIsRefused) {
  EXPECT_EQ(Refused(Revision(Sha("m"), 0)), "");
  EXPECT_EQ(Refused(Revision(Sha("m"), 2)), "");
  EXPECT_EQ(Refused(Revision("HEAD", 2)), "manifest_revision.revision");
  EXPECT_EQ(Refused(Revision(Sha("m"), -1)), "manifest_revision.depth");
  v1::Observation observation = Revision(Sha("m"), 2);
  v1::ManifestRevision& revision = *observation.mutable_manifest_revision();
  revision.set_skip_depth(2);
  EXPECT_EQ(Refused(observation), "manifest_revision.skip_depth") << "a walk must come to an end";
  revision.set_skip_depth(0);
  revision.add_folders()->set_path("a");
  revision.add_folders()->set_path("a/");
  EXPECT_EQ(Refused(observation), "manifest_revision.folders[1].path");
  revision.mutable_folders(1)->set_path("a");
  EXPECT_EQ(Refused(observation), "manifest_revision.folders[1].path") << "twice";
  revision.mutable_folders(1)->set_path("b");
  EXPECT_EQ(Refused(observation), "");
  for (int i = 0; i <= 1000; ++i) revision.mutable_folders(1)->add_images("image:1");
  EXPECT_EQ(Refused(observation), "manifest_revision.folders[1].images");
}

}  // namespace
}  // namespace headway
