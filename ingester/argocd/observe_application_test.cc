#include "ingester/argocd/observe_application.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ingester/argocd/application_decoder.h"
#include "ingester/argocd/golden_cases.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ArgoObservations Observe(const std::string& golden) {
  const auto application = ApplicationDecoder().Decode(Golden(golden).application);
  EXPECT_TRUE(application.ok()) << application.status();
  return ObserveApplication(*application, {});
}

std::vector<std::string> Bytes(const std::vector<v1::Observation>& observations) {
  std::vector<std::string> bytes;
  for (const v1::Observation& one : observations) bytes.push_back(one.SerializeAsString());
  return bytes;
}

TEST(ObserveApplication, SaysTheSameOfTheSameApplication) {
  for (const GoldenCase& golden : GoldenCases()) {
    if (!golden.error.empty()) continue;
    const auto once = Observed(golden.application);
    const auto again = Observed(golden.application);
    ASSERT_EQ(once.size(), again.size()) << golden.name;
    for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(Fingerprint(once[i]), Fingerprint(again[i])) << golden.name;
  }
}

TEST(ObserveApplication, AnImportedBackupAddsNoDeploymentAndItsDeclarationIsLater) {
  const ArgoObservations before = Observe("history_alone");
  const ArgoObservations after = Observe("imported_backup");
  EXPECT_EQ(Bytes(before.deployments), Bytes(after.deployments));
  EXPECT_GT(after.stream.stream().version(), before.stream.stream().version());
}

TEST(ObserveApplication, PassesOnNoPersonAndNoCredential) {
  int people = 0;
  for (const GoldenCase& golden : GoldenCases()) {
    if (!golden.error.empty()) continue;
    people += golden.application.find("\"username\"") != std::string::npos;
    for (const v1::Observation& one : Observed(golden.application)) {
      for (const char* secret : {"jane", "foo@example.com", "s3cret", "p@ss", "w0rd", "bot"}) {
        EXPECT_THAT(one.SerializeAsString(), Not(HasSubstr(secret))) << golden.name;
      }
    }
  }
  EXPECT_GT(people, 2) << "the table has nobody whose name could be passed on";
}

TEST(ObserveApplication, NotesWhatIsLeftOut) {
  EXPECT_THAT(Observe("wrong_types").notes,
              ElementsAre("metadata.annotations[headway.dev/count] is no text of at most 1024 bytes: left out",
                          "metadata.annotations[headway.dev/entity-ref] is no text of at most 1024 bytes: left out",
                          "status.history[0].id is no number from 0 on: the entry is left out",
                          "status.history[1].deployedAt is no time: the entry is left out",
                          "status.history[2].id is no number from 0 on: the entry is left out",
                          "status.operationState.phase is none that is known: left out",
                          "status names a source without a repository on a host, or without a revision: left out"));
  EXPECT_THAT(Observe("not_counted").notes,
              ElementsAre("annotation headway.dev/entity-ref is no entity ref (\"kind:namespace/name\"): left out"));
  EXPECT_THAT(Observe("history_alone").notes, ElementsAre());
}

TEST(ObserveApplication, TheInstanceNamesTheSource) {
  const auto application = ApplicationDecoder().Decode(Golden("history_alone").application);
  ASSERT_TRUE(application.ok());
  ArgoOptions options;
  options.instance = "eu";
  const ArgoObservations all = ObserveApplication(*application, options);
  EXPECT_EQ(all.stream.source(), "argocd:eu");
  EXPECT_EQ(all.stream.stream().instance(), "eu");
  for (const v1::Observation& one : all.deployments) EXPECT_EQ(one.source(), "argocd:eu");
}

TEST(ObserveApplication, TheHealthWindowIsASetting) {
  const auto application = ApplicationDecoder().Decode(Golden("turned_long_after").application);
  ASSERT_TRUE(application.ok());
  EXPECT_FALSE(ObserveApplication(*application, {}).deployments.back().deployment().has_degraded_at());
  ArgoOptions options;
  options.health_window = absl::Hours(24);
  EXPECT_TRUE(ObserveApplication(*application, options).deployments.back().deployment().has_degraded_at());
}

TEST(ObserveGone, IsLaterThanTheDeclarationAndKeepsWhatItSaid) {
  const v1::Observation there = Observe("not_counted").stream;
  const v1::Observation gone = ObserveGone(there);
  EXPECT_TRUE(gone.stream().deleted());
  EXPECT_EQ(gone.stream().version(), there.stream().version() + 1);
  EXPECT_EQ(gone.stream().destination_cluster(), "eu-prod");
  EXPECT_TRUE(gone.stream().not_counted());
}

TEST(Fingerprint, DoesNotSeeTheVersionOfADeclarationButAllElse) {
  const v1::Observation stream = Observe("not_counted").stream;
  v1::Observation later = stream;
  later.mutable_stream()->set_version(7);
  EXPECT_EQ(Fingerprint(stream), Fingerprint(later));
  (*later.mutable_stream()->mutable_labels())["team"] = "other";
  EXPECT_NE(Fingerprint(stream), Fingerprint(later));
  v1::Observation deployment = Observe("history_alone").deployments.back();
  const uint64_t before = Fingerprint(deployment);
  deployment.mutable_deployment()->set_version(9);
  EXPECT_NE(Fingerprint(deployment), before);
}

}  // namespace
}  // namespace headway
