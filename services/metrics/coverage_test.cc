// Coverage over a real PostgreSQL that a real worker wrote: what is read by lookups is what counting everything gives.
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregator/rollup/random_world.h"
#include "aggregator/rollup/rollup_fixture.h"
#include "gmock/gmock.h"
#include "prometheus/text_serializer.h"
#include "services/metrics/coverage_answers.h"
#include "services/metrics/coverage_watch.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using testing::Installation;
using ::testing::Not;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }
std::string Sql(absl::Time time) { return absl::StrCat("to_timestamp(", absl::ToUnixSeconds(time), ")"); }

v1::Observation Parse(const std::string& text) {
  v1::Observation observation;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &observation)) << text;
  return observation;
}

class CoverageTest : public ::testing::Test {
 protected:
  void Take(const std::vector<std::string>& observations) {
    std::vector<v1::Observation> parsed;
    for (const std::string& text : observations) parsed.push_back(Parse(text));
    installation_.Ingest(parsed);
    installation_.Drain();
  }

  absl::StatusOr<v1::GetCoverageResponse> Ask(const v1::GetCoverageRequest& request) {
    v1::GetCoverageResponse answer;
    const absl::Status status = answers_.GetCoverage(request, {}, &answer);
    if (!status.ok()) return status;
    return answer;
  }
  v1::GetCoverageResponse Of(const std::string& entity_ref = "", int days = 30, int limit = 1000) {
    v1::GetCoverageRequest request;
    request.set_entity_ref(entity_ref);
    request.set_window_days(days);
    request.set_limit(limit);
    clock_.Advance(CoverageAnswers::kKept);  // nothing kept
    const auto answer = Ask(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(v1::GetCoverageResponse());
  }

  // All values of the first column in order, with a space between.
  std::string List(const std::string& sql) const {
    const std::string text = installation_.Query(
        absl::StrCat("SELECT coalesce(string_agg(c, ' ' ORDER BY c COLLATE \"C\"), '') FROM (", sql, ") q (c)"));
    return text.size() < 2 ? text : text.substr(1, text.size() - 2);
  }
  // Counted over everything, in the plainest way.
  void ExpectWhatIsStored(const v1::GetCoverageResponse& answer, const std::string& entity, absl::Time from,
                          absl::Time until);

  FakeClock clock_{At(1'772'000'000)};
  Installation installation_;
  CoverageReader reader_{&installation_.pool()};
  QueueProgress progress_;
  CoverageAnswers answers_{&reader_, &progress_, &clock_};
};

// "(a)" or "(\"a b\")" as PostgreSQL writes a row: only the words matter.
std::string Words(std::string row) {
  std::erase_if(row, [](char c) { return c == '"' || c == '(' || c == ')'; });
  return row;
}

void CoverageTest::ExpectWhatIsStored(const v1::GetCoverageResponse& answer, const std::string& entity, absl::Time from,
                                      absl::Time until) {
  const std::string of = entity.empty() ? "true" : absl::StrCat("entity_ref = '", entity, "'");
  const std::string in_window =
      absl::StrCat(" FROM dora.deployments WHERE ", of, " AND finished >= ", Sql(from), " AND finished < ", Sql(until));
  const std::string production = absl::StrCat(in_window, " AND entity_ref <> '' AND tier = 1");
  std::vector<std::string> sources, without_tier, unmapped, unresolved;
  for (const v1::SourceCoverage& source : answer.sources()) {
    if (source.deployments() > 0) sources.push_back(absl::StrCat(source.source(), "=", source.deployments()));
  }
  for (const auto& one : answer.environments_without_tier())
    without_tier.push_back(absl::StrCat(one.environment(), "=", one.deployments()));
  for (const auto& one : answer.unmapped())
    unmapped.push_back(absl::StrCat(one.source(), "/", one.stream(), "=", one.deployments()));
  int64_t reasons = 0;
  for (const auto& one : answer.unresolved()) reasons += one.deployments();
  std::sort(without_tier.begin(), without_tier.end());
  std::sort(unmapped.begin(), unmapped.end());
  EXPECT_EQ(absl::StrJoin(sources, " "),
            Words(List(absl::StrCat("SELECT source || '=' || count(*)", in_window, " GROUP BY source"))));
  EXPECT_EQ(absl::StrJoin(without_tier, " "),
            Words(List(absl::StrCat("SELECT environment || '=' || count(*)", in_window,
                                    " AND entity_ref <> '' AND tier = 0 GROUP BY environment"))));
  EXPECT_EQ(absl::StrJoin(unmapped, " "),
            Words(List(absl::StrCat("SELECT source || '/' || stream || '=' || count(*)", in_window,
                                    " AND entity_ref = '' GROUP BY source, stream"))));
  EXPECT_EQ(answer.unmapped_streams(), answer.unmapped_size());
  EXPECT_EQ(absl::StrCat(answer.deployments()), Words(List(absl::StrCat("SELECT count(*)::text", production))));
  EXPECT_EQ(absl::StrCat(answer.deployments_with_source_commit()),
            Words(List(absl::StrCat("SELECT count(*)::text", production, " AND source_revision <> ''"))));
  EXPECT_EQ(reasons, answer.deployments() - answer.deployments_with_source_commit());
  const std::string merged = absl::StrCat("SELECT count(*)::text FROM dora.changes WHERE ", of,
                                          " AND merged >= ", Sql(from), " AND merged < ", Sql(until));
  EXPECT_EQ(absl::StrCat(answer.changes_merged()), Words(List(merged)));
  EXPECT_EQ(absl::StrCat(answer.changes_shipped()), Words(List(absl::StrCat(merged, " AND shipped < ", Sql(until)))));
}

TEST_F(CoverageTest, CountsWhatIsStoredOnRandomWorlds) {
  int64_t unmapped = 0, without_tier = 0, missing = 0, shipped = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    testing::RandomWorld world(seed);
    std::vector<v1::Observation> observations;
    for (int i = 0; i < 150; ++i) {
      observations.push_back(world.Next());
      if (!observations.back().has_deployment() || i % 5 != 0) continue;
      observations.back().mutable_deployment()->set_environment(absl::StrCat("in-cluster/", i % 3));
    }
    installation_.Ingest(observations);
    installation_.Drain();
    for (const int64_t end : {1'770'100'000, 1'770'200'000, 1'770'600'000, 1'772'000'000}) {
      for (const int days : {1, 3, 30}) {
        clock_.Set(At(end));
        for (const std::string entity : {"", "component:default/e0", "component:default/e1", "component:default/e3"}) {
          const v1::GetCoverageResponse answer = Of(entity, days);
          const absl::Time until = clock_.Now();
          SCOPED_TRACE(absl::StrCat("seed ", seed, ", ", days, " days until ", end, " of ", entity));
          ExpectWhatIsStored(answer, entity, until - absl::Hours(24) * days, until);
          unmapped += answer.unmapped_size();
          without_tier += answer.environments_without_tier_size();
          missing += answer.unresolved_size();
          shipped += answer.changes_shipped();
        }
      }
    }
  }
  // The worlds have what is counted.
  EXPECT_GT(unmapped, 0);
  EXPECT_GT(without_tier, 0);
  EXPECT_GT(missing, 0);
  EXPECT_GT(shipped, 0);
}

TEST_F(CoverageTest, TellsOfSourcesWhatTheySay) {
  Take(
      {"source: 'argocd:a' source_status { covers: DEPLOYMENTS complete_until { seconds: 1771999000 } last_contact_at "
       "{ seconds: 1771999990 } "
       "reported_at { seconds: 1771999990 } problems { code: FORBIDDEN subject: 'list applications.argoproj.io' "
       "detail: 'no' since { seconds: 1771990000 } } "
       "problems { code: THROTTLED } }",
       "source: 'git:x' source_status { covers: CHANGES complete_until { seconds: 1771000000 } }"});
  const v1::GetCoverageResponse answer = Of();
  ASSERT_EQ(answer.sources_size(), 2);
  const v1::SourceCoverage& argocd = answer.sources(0);
  EXPECT_EQ(argocd.source(), "argocd:a");
  EXPECT_EQ(argocd.last_contact_at().seconds(), 1771999990);
  EXPECT_EQ(argocd.lag().seconds(), absl::ToUnixSeconds(clock_.Now()) - 1771999000);
  ASSERT_EQ(argocd.problems_size(), 2);
  EXPECT_EQ(argocd.problems(0).subject(), "list applications.argoproj.io");
  EXPECT_EQ(argocd.problems(0).since().seconds(), 1771990000);
  EXPECT_EQ(argocd.problems(1).code(), v1::SourceProblem::THROTTLED);
  EXPECT_FALSE(argocd.problems(1).has_since());
  EXPECT_EQ(answer.sources(1).source(), "git:x");
  EXPECT_FALSE(answer.sources(1).has_last_contact_at());
  EXPECT_EQ(answer.source_count(), 2);
}

TEST_F(CoverageTest, AProblemGoesWhenTheSourceNoLongerSaysItAndARetiredSourceGoes) {
  const std::string status =
      "source: 'argocd:a' source_status { covers: DEPLOYMENTS complete_until { seconds: 5 } last_contact_at { seconds: "
      "6 } ";
  Take({absl::StrCat(status, "reported_at { seconds: 6 } problems { code: UNREACHABLE } }")});
  EXPECT_EQ(Of().sources(0).problems_size(), 1);
  Take({absl::StrCat(status, "reported_at { seconds: 7 } }")});
  EXPECT_EQ(Of().sources(0).problems_size(), 0);
  Take({absl::StrCat(status, "reported_at { seconds: 8 } retired: true }")});
  EXPECT_EQ(Of().sources_size(), 0);
  EXPECT_EQ(installation_.Query("SELECT count(*) FROM dora.source_problems"), "(0)");
}

TEST_F(CoverageTest, ListsForAnEntityWhoeverWatchesAndWhatHasSomethingOfIt) {
  Take(
      {"source: 'argocd:a' source_status { covers: DEPLOYMENTS complete_until { seconds: 5 } last_contact_at { "
       "seconds: 6 } }",
       "source: 'git:mine' source_status { covers: CHANGES complete_until { seconds: 5 } entity_refs: "
       "'component:default/mine' }",
       "source: 'git:other' source_status { covers: CHANGES complete_until { seconds: 5 } entity_refs: "
       "'component:default/other' }"});
  std::vector<std::string> sources;
  const v1::GetCoverageResponse answer = Of("component:mine");
  for (const v1::SourceCoverage& source : answer.sources()) sources.push_back(source.source());
  EXPECT_EQ(absl::StrJoin(sources, " "), "argocd:a git:mine");
}

TEST_F(CoverageTest, CountsAllWhereItListsFew) {
  std::vector<std::string> observations;
  for (int i = 0; i < 6; ++i) {
    observations.push_back(
        absl::StrCat("source: 'ci' deployment { key: 'k", i, "' stream: 's", i % 5,
                     "' environment: 'prod' phase: SUCCEEDED finished_at { seconds: 1771990000 } }"));
  }
  Take(observations);
  const v1::GetCoverageResponse answer = Of("", 30, 2);
  ASSERT_EQ(answer.unmapped_size(), 2);
  EXPECT_EQ(answer.unmapped(0).stream(), "s0");
  EXPECT_EQ(answer.unmapped(0).deployments(), 2);
  EXPECT_EQ(answer.unmapped_streams(), 5);
}

TEST_F(CoverageTest, TellsOfGapsTheLatestFirst) {
  std::vector<std::string> observations;
  for (const auto& [sequence, at] : std::map<int, int>{{1, 100}, {4, 200}, {5, 300}, {9, 400}}) {
    observations.push_back(absl::StrCat("source: 'argocd:a' deployment { key: 'k", sequence,
                                        "' entity_ref: 'component:e' stream: 's' environment: 'prod' "
                                        "phase: SUCCEEDED sequence: ",
                                        sequence, " finished_at { seconds: ", 1'771'990'000 + at, " } }"));
  }
  Take(observations);
  for (const char* entity : {"", "component:e"}) {
    const v1::GetCoverageResponse answer = Of(entity, 30, 1);
    ASSERT_EQ(answer.gaps_size(), 1);
    EXPECT_EQ(answer.gap_count(), 2);
    EXPECT_EQ(answer.gaps(0).at_least(), 3);
    EXPECT_EQ(answer.gaps(0).entity_ref(), "component:default/e");
    EXPECT_EQ(answer.gaps(0).from().seconds(), 1'771'990'300);
    EXPECT_EQ(answer.gaps(0).until().seconds(), 1'771'990'400);
    ASSERT_EQ(answer.sources_size(), 1);
    EXPECT_EQ(answer.sources(0).gaps(), 2);
    EXPECT_EQ(answer.sources(0).missed_at_least(), 5);
  }
  EXPECT_EQ(Of("component:other").gap_count(), 0);
}

TEST_F(CoverageTest, SaysWhyThereIsNoSourceCommit) {
  Take(
      {"source: 'cd' deployment { key: 'k' entity_ref: 'component:e' stream: 's' environment: 'prod' phase: SUCCEEDED "
       "finished_at { seconds: 1771990000 } "
       "images: 'registry.example.com/e:1' }",
       "source: 'cd' entity { entity_ref: 'component:e' repositories { repository: 'host/o/e' } }"});
  const v1::GetCoverageResponse answer = Of();
  ASSERT_EQ(answer.unresolved_size(), 1);
  EXPECT_EQ(answer.unresolved(0).deployments(), 1);
  EXPECT_FALSE(answer.unresolved(0).reason().empty());
  EXPECT_EQ(answer.unresolved(0).example(), "registry.example.com/e:1");
}

TEST_F(CoverageTest, NamesTheFieldThatIsWrong) {
  const auto message_of = [this](const v1::GetCoverageRequest& request) {
    return std::string(Ask(request).status().message());
  };
  v1::GetCoverageRequest days, limit, entity;
  days.set_window_days(3661);
  limit.set_limit(-1);
  entity.set_entity_ref("no ref at all:");
  EXPECT_THAT(message_of(days), HasSubstr("window_days: 3661"));
  EXPECT_THAT(message_of(limit), HasSubstr("limit: -1"));
  EXPECT_THAT(message_of(entity), HasSubstr("entity_ref: "));
}

TEST_F(CoverageTest, GivesTheSameAnswerAgainForSomeSeconds) {
  const auto first = Ask({});
  clock_.Advance(absl::Seconds(4));
  EXPECT_EQ(Ask({})->at().seconds(), first->at().seconds());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Ask({})->at().seconds(), first->at().seconds() + 5);
}

TEST_F(CoverageTest, SaysHowTheInstallationIs) {
  installation_.Ingest(
      {Parse("source: 'ci' deployment { key: 'k' stream: 's' environment: 'prod' phase: SUCCEEDED finished_at { "
             "seconds: 5 } }")});
  EXPECT_FALSE(Of().installation().queue_stalled_for().seconds() > 0);
  clock_.Advance(absl::Minutes(3));
  const v1::Installation stalled = Of().installation();
  EXPECT_EQ(stalled.queue(), 1);
  EXPECT_GE(stalled.queue_stalled_for().seconds(), 180);
  EXPECT_GT(stalled.database_bytes(), 1'000'000);
  EXPECT_EQ(stalled.schema_version(), stalled.schema_version_known());
  installation_.Drain();
  installation_.Execute("INSERT INTO dora.parked_units VALUES ('unit', '1', 3, now(), 'no space')");
  const v1::GetCoverageResponse answer = Of();
  EXPECT_EQ(answer.installation().queue(), 0);
  EXPECT_FALSE(answer.installation().has_queue_stalled_for());
  EXPECT_EQ(answer.parked(), 1);
  EXPECT_EQ(answer.installation().parked_because(), "no space");
}

TEST_F(CoverageTest, TellsInstrumentsOfTheSourceThatIsWorst) {
  Take(
      {"source: 'argocd:a' source_status { covers: DEPLOYMENTS complete_until { seconds: 1771999000 } last_contact_at "
       "{ seconds: 1771999990 } "
       "reported_at { seconds: 1771999990 } problems { code: FORBIDDEN } }",
       "source: 'argocd:b' source_status { covers: DEPLOYMENTS complete_until { seconds: 1771999900 } last_contact_at "
       "{ seconds: 1771999700 } "
       "reported_at { seconds: 1771999990 } }",
       "source: 'git:x' source_status { covers: CHANGES complete_until { seconds: 5 } }"});
  Instruments instruments;
  CoverageWatch watch(&reader_, &progress_, &clock_, instruments);
  watch.Look();
  const std::string text = prometheus::TextSerializer().Serialize(instruments.registry()->Collect());
  EXPECT_THAT(text, HasSubstr("headway_watching_sources{covers=\"deployments\"} 2"));
  EXPECT_THAT(text, HasSubstr("headway_watching_sources{covers=\"changes\"} 0"));
  EXPECT_THAT(text, HasSubstr("headway_source_silence_seconds{covers=\"deployments\"} 300"));
  EXPECT_THAT(text, HasSubstr("headway_source_lag_seconds{covers=\"deployments\"} 1000"));
  EXPECT_THAT(text, HasSubstr("headway_source_problems{code=\"forbidden\"} 1"));
  EXPECT_THAT(text, HasSubstr("headway_source_problems{code=\"unreachable\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("argocd")));
}

}  // namespace
}  // namespace headway
