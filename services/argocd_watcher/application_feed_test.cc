#include "services/argocd_watcher/application_feed.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "ingester/delivery/recording_sink.h"
#include "ingester/kubernetes/scripted_api.h"
#include "services/argocd_watcher/known_applications.h"

namespace headway {
namespace {

using kubernetes::ObjectChange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// An application whose history has `syncs` entries, one a minute.
std::string Application(absl::string_view name, int syncs, int version = 1) {
  std::vector<std::string> history;
  for (int i = 0; i < syncs; ++i) {
    history.push_back(absl::StrCat(R"({"id":)", i, R"(,"revision":")", std::string(39, 'a'), i % 10,
                                   R"(","deployedAt":"2026-01-01T10:)", absl::Dec(i, absl::kZeroPad2),
                                   R"(:05Z","deployStartedAt":"2026-01-01T10:)", absl::Dec(i, absl::kZeroPad2),
                                   R"(:00Z","source":{"repoURL":"https://github.com/acme/deploy","path":"p"}})"));
  }
  return absl::StrCat(R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":")", name,
                      R"(","namespace":"argocd","resourceVersion":")", version,
                      R"("},"spec":{"project":"default","destination":{"server":"https://k","namespace":"pay"},)",
                      R"("source":{"repoURL":"https://github.com/acme/deploy","path":"p"}},"status":{"history":[)",
                      absl::StrJoin(history, ","), "]}}");
}

// The version of a declaration that was made from an object of this resource version.
uint64_t Declared(uint64_t resource_version) { return uint64_t{29'000'000} << 38 | resource_version; }

// The service: a sink, and what was declared before.
class FakeClient : public IngestClient {
 public:
  absl::StatusOr<v1::IngestResponse> Send(const v1::IngestRequest& batch) override { return sink.Send(batch); }
  absl::StatusOr<v1::ListStreamsResponse> ListStreams(const v1::ListStreamsRequest& request) override {
    asked.push_back(absl::StrCat(request.source(), " ", request.namespace_(), " ", request.after()));
    if (!failures.empty()) {
      const absl::Status failure = failures.back();
      failures.pop_back();
      return failure;
    }
    v1::ListStreamsResponse page;  // one stream each
    for (const auto& [name, version] : declared) {
      if (name <= request.after()) continue;
      v1::StreamDeclaration& stream = *page.add_streams();
      stream.set_stream(name);
      stream.set_name(name.substr(name.find('/') + 1));
      stream.set_version(version);
      if (declared.upper_bound(name) != declared.end()) page.set_next(name);
      break;
    }
    return page;
  }
  void Cancel() override {}

  RecordingSink sink;
  std::map<std::string, uint64_t> declared;  // stream, version
  std::vector<absl::Status> failures;        // the last comes first
  std::vector<std::string> asked;
};

class ApplicationFeedTest : public ::testing::Test {
 protected:
  // What came since the last time, in short: streams by their names, deployments by their sequence, "x" before what is gone or taken back.
  std::vector<std::string> News() {
    std::vector<std::string> news;
    const std::vector<v1::Observation> all = sink_.observations();
    for (; seen_ < all.size(); ++seen_) {
      const v1::Observation& one = all[seen_];
      EXPECT_EQ(one.source(), "argocd:main");
      if (one.has_stream()) {
        news.push_back(absl::StrCat(one.stream().deleted() ? "x" : "", one.stream().name()));
      } else if (!one.deployment().withdrawn()) {
        news.push_back(absl::StrCat(one.deployment().stream(), "#", one.deployment().sequence()));
      }
    }
    return news;
  }
  absl::Status Take(const std::string& object, ObjectChange change = ObjectChange::kPresent) {
    absl::Status status = feed_.Take(change, object);
    status.Update(feed_.Deliver());
    return status;
  }
  double Count(ObservationOutcome outcome) { return counts_.observations[static_cast<size_t>(outcome)]->Value(); }

  FakeClock clock_{absl::FromUnixSeconds(1'000'000)};
  Instruments instruments_;
  WatchInstruments counts_{instruments_, "main"};
  SourceReport report_{"argocd:main", &clock_, &counts_};
  kubernetes::FakeTiming timing_;
  FakeClient client_;
  RecordingSink& sink_ = client_.sink;
  ApplicationFeed feed_{{.instance = "main"}, "argocd", &client_, &timing_, &report_, &counts_};
  size_t seen_ = 0;
};

v1::Observation DeploymentOfVersion(uint64_t version) {
  v1::Observation observation;
  observation.mutable_deployment()->set_key("argocd/a/1/2026-01-01T10:01:05Z");
  observation.mutable_deployment()->set_version(version);
  return observation;
}

TEST(KnownApplicationsTest, WhatSaysNothingMoreIsKnownAndWhatMaySayOtherThingsIsNot) {
  KnownApplications known;
  std::vector<v1::Observation> news;
  const auto update = [&](uint64_t version) {
    ArgoObservations observations;
    observations.stream.mutable_stream()->set_stream("argocd/a");
    observations.deployments = {DeploymentOfVersion(version)};
    news.clear();
    known.Update(std::move(observations), &news);
    return news.size();
  };
  EXPECT_EQ(update(12), 2u);
  EXPECT_EQ(update(12), 0u);
  EXPECT_EQ(update(1), 0u) << "the entry alone";
  EXPECT_EQ(update(4), 1u) << "without images, and with its health";
}

TEST_F(ApplicationFeedTest, SendsOnlyWhatChanged) {
  ASSERT_TRUE(Take(Application("a", 2)).ok());
  EXPECT_THAT(News(), UnorderedElementsAre("a", "argocd/a#0", "argocd/a#1"));
  ASSERT_TRUE(Take(Application("a", 2, 2)).ok());
  EXPECT_THAT(News(), IsEmpty());
  ASSERT_TRUE(Take(Application("a", 3, 3)).ok());
  EXPECT_THAT(News(), ElementsAre("argocd/a#2"));
  EXPECT_GT(Count(ObservationOutcome::kUnchanged), 0);
  EXPECT_EQ(Count(ObservationOutcome::kStored), sink_.observations().size());
}

TEST_F(ApplicationFeedTest, WaitsForTheStoreAndLosesNothing) {
  sink_.FailNext(40, absl::UnavailableError("no store"));
  ASSERT_TRUE(Take(Application("a", 1)).ok());
  EXPECT_THAT(News(), UnorderedElementsAre("a", "argocd/a#0"));
  EXPECT_THAT(timing_.sleeps, SizeIs(40));
  EXPECT_THAT(timing_.sleeps, ::testing::Each(::testing::Le(absl::Seconds(5))));
  EXPECT_EQ(counts_.retries.Value(), 40);
}

TEST_F(ApplicationFeedTest, WhatEndsForGoodEndsTheWaiting) {
  sink_.FailNext(1, absl::CancelledError("stopping"));
  EXPECT_TRUE(absl::IsCancelled(Take(Application("a", 1))));
}

TEST_F(ApplicationFeedTest, LargeListsGoInBatchesThatTheServiceTakes) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(feed_.Take(ObjectChange::kPresent, Application(absl::StrCat("app-", i), 10)).ok());
  }
  ASSERT_TRUE(feed_.Deliver().ok());
  int records = 0;
  for (int batch : sink_.batch_records()) {
    EXPECT_LE(batch, 2000);
    records += batch;
  }
  EXPECT_GE(records, 11'000);
  EXPECT_LE(sink_.batch_records().size(), 20);
}

TEST_F(ApplicationFeedTest, WhatANewListLacksIsGone) {
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 1)).ok());
  ASSERT_TRUE(Take(Application("b", 1)).ok());
  ASSERT_TRUE(feed_.ListEnds(true, "100").ok());
  News();
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 1)).ok());
  ASSERT_TRUE(feed_.ListEnds(false, "100").ok());
  EXPECT_THAT(News(), IsEmpty());  // some of it could not be read
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 1)).ok());
  ASSERT_TRUE(feed_.ListEnds(true, "100").ok());
  EXPECT_THAT(News(), ElementsAre("xb"));
}

TEST_F(ApplicationFeedTest, WhatWentWhileNobodyWatchedIsRetiredOnce) {
  client_.declared = {{"argocd/a", Declared(7)},
                      {"argocd/b", Declared(7)},
                      {"argocd/c", Declared(101)},
                      {"argocd/d", Declared(100)},
                      {"argocd/e", 7}};
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 0)).ok());
  ASSERT_TRUE(feed_.ListEnds(false, "100").ok());
  EXPECT_THAT(client_.asked, IsEmpty()) << "some of the list could not be read";
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 0)).ok());
  ASSERT_TRUE(feed_.ListEnds(true, "100").ok());
  EXPECT_THAT(News(), ElementsAre("a", "xb", "xd")) << "c is newer than the list, and e is no Application's";
  EXPECT_EQ(sink_.observations().back().stream().version(), Declared(101));
  EXPECT_THAT(client_.asked,
              ElementsAre("argocd:main argocd ", "argocd:main argocd argocd/a", "argocd:main argocd argocd/b",
                          "argocd:main argocd argocd/c", "argocd:main argocd argocd/d"));
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 0)).ok());
  ASSERT_TRUE(feed_.ListEnds(true, "200").ok());
  EXPECT_THAT(client_.asked, SizeIs(5));
}

TEST_F(ApplicationFeedTest, TheWatchDoesNotWaitForWhatCannotBeAskedAndItIsAskedLater) {
  client_.declared = {{"argocd/b", Declared(7)}, {"argocd/new", Declared(150)}};
  client_.failures = {absl::UnavailableError("no room"), absl::UnimplementedError("what?")};
  feed_.ListBegins();
  ASSERT_TRUE(Take(Application("a", 0)).ok());
  ASSERT_TRUE(feed_.ListEnds(true, "100").ok());
  EXPECT_THAT(News(), ElementsAre("a"));
  EXPECT_THAT(client_.asked, SizeIs(1));
  ASSERT_TRUE(Take(Application("new", 0, 150)).ok());
  EXPECT_THAT(client_.asked, SizeIs(1)) << "not again at once";
  timing_.elapsed += absl::Minutes(1);
  ASSERT_TRUE(feed_.Deliver().ok());
  EXPECT_THAT(client_.asked, SizeIs(2));
  timing_.elapsed += absl::Minutes(1);
  ASSERT_TRUE(feed_.Deliver().ok());
  EXPECT_THAT(News(), ElementsAre("new", "xb"));
  timing_.elapsed += absl::Minutes(1);
  ASSERT_TRUE(feed_.Deliver().ok());
  EXPECT_THAT(client_.asked, SizeIs(4)) << "two pages, and then no more";
}

TEST_F(ApplicationFeedTest, AListWhoseVersionIsNoNumberRetiresNothing) {
  client_.declared = {{"argocd/b", Declared(7)}};
  feed_.ListBegins();
  ASSERT_TRUE(feed_.ListEnds(true, "abc").ok());
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(ApplicationFeedTest, WhatIsDeletedIsGoneAndComesAgain) {
  ASSERT_TRUE(Take(Application("a", 1)).ok());
  News();
  ASSERT_TRUE(Take(Application("a", 2, 5), ObjectChange::kDeleted).ok());
  EXPECT_THAT(News(), ElementsAre("argocd/a#1", "xa"));
  ASSERT_TRUE(Take(Application("a", 1, 9)).ok());
  EXPECT_THAT(News(), UnorderedElementsAre("a", "argocd/a#0"));
}

TEST_F(ApplicationFeedTest, WhatIsNoApplicationIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Take("{}")));
  EXPECT_TRUE(absl::IsInvalidArgument(Take("nonsense")));
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(ApplicationFeedTest, WhatTheServiceRefusesIsReported) {
  sink_.RejectWhere([](const v1::Observation& one) { return one.has_deployment() ? "deployment.key" : ""; });
  ASSERT_TRUE(Take(Application("a", 1)).ok());
  const v1::SourceStatus status = report_.Report().source_status();
  ASSERT_EQ(status.problems_size(), 1);
  EXPECT_EQ(status.problems(0).code(), v1::SourceProblem::REJECTED);
  EXPECT_EQ(status.problems(0).detail(), "deployment.key: refused by the test");
}

TEST(KnownApplications, ForgetsRatherThanGrows) {
  KnownApplications known(10);
  for (int i = 0; i < 100; ++i) {
    ArgoObservations observations;
    observations.stream.mutable_stream()->set_stream(absl::StrCat("argocd/", i));
    std::vector<v1::Observation> news;
    known.Update(std::move(observations), &news);
    EXPECT_THAT(news, SizeIs(1));
    EXPECT_LE(known.size(), 10);
    EXPECT_TRUE(known.MayBeThere(absl::StrCat("argocd/", i)));
  }
  EXPECT_TRUE(known.MayBeThere("argocd/0")) << "forgotten, so nobody knows";
}

}  // namespace
}  // namespace headway
