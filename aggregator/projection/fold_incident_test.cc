#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/projection/observation_text.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PayloadFrom;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }
constexpr absl::Time kForever = absl::InfiniteFuture();

std::string Event(const std::string& id, const std::string& type, int64_t at, const std::string& more = "") {
  return PayloadFrom(absl::StrCat("source: 's' incident_event { incident_id: 'i' event_id: '", id, "' type: ", type,
                                  " occurred_at { seconds: ", at, " } ", more, " }"));
}

TEST(FoldIncident, AnyOrderWithDuplicatesGivesTheSame) {
  std::vector<std::string> events = {
      Event("1", "OPENED", 10, "affected_entity_refs: 'component:a' title: 'first'"),
      Event("2", "ACKNOWLEDGED", 20),
      Event("3", "RESOLVED", 30, "title: 'second'"),
      Event("4", "REOPENED", 40, "affected_entity_refs: 'component:b' affected_entity_refs: 'Component:A'"),
      Event("5", "RESOLVED", 50, "cause: CHANGE"),
      Event("6", "ANNOTATED", 60, "caused_by { deployment { source: 'cd' key: 'k' } }")};
  const FoldedIncident expected = FoldIncident(events);
  EXPECT_EQ(expected.fact.opened, At(10));
  EXPECT_THAT(expected.fact.resolutions, ElementsAre(Resolution{At(30), At(40)}, Resolution{At(50), kForever}));
  EXPECT_THAT(expected.affected_entity_refs, ElementsAre("component:default/a", "component:default/b"));
  EXPECT_EQ(expected.fact.title, "second");
  EXPECT_EQ(expected.fact.cause, Cause::kChange);
  EXPECT_THAT(expected.fact.caused_by, ElementsAre(IncidentLink(DeploymentKey("cd", "k"))));
  EXPECT_EQ(expected.fact.key, IncidentKey("s", "i"));
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> shuffled = events;
    for (const std::string& event : events) {
      if (random() % 5 == 0) shuffled.push_back(event);
    }
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const FoldedIncident folded = FoldIncident(shuffled);
    ASSERT_EQ(folded.fact, expected.fact);
    ASSERT_EQ(folded.affected_entity_refs, expected.affected_entity_refs);
  }
}

TEST(FoldIncident, AtOneTimeTheTypeDecidesThenTheId) {
  // Resolved and reopened at one moment: it is open.
  EXPECT_THAT(
      FoldIncident({Event("a", "REOPENED", 20), Event("b", "RESOLVED", 20), Event("c", "OPENED", 10)}).fact.resolutions,
      IsEmpty());
  EXPECT_EQ(
      FoldIncident({Event("b", "ANNOTATED", 20, "title: 'b'"), Event("a", "ANNOTATED", 20, "title: 'a'")}).fact.title,
      "b");
}

TEST(FoldIncident, OfTwoTellingsOfOneEventTheGreaterHashHolds) {
  const std::string one = Event("1", "RESOLVED", 10);
  const std::string two = Event("1", "RESOLVED", 20);
  const absl::Time expected = ContentHash(one) < ContentHash(two) ? At(20) : At(10);
  EXPECT_THAT(FoldIncident({one, two}).fact.resolutions, ElementsAre(Resolution{expected, kForever}));
  EXPECT_THAT(FoldIncident({two, one}).fact.resolutions, ElementsAre(Resolution{expected, kForever}));
}

TEST(FoldIncident, TheEarliestOpeningHoldsWhereverItIsSaid) {
  EXPECT_EQ(FoldIncident({Event("1", "OPENED", 10), Event("2", "OPENED", 5)}).fact.opened, At(5));
  EXPECT_EQ(FoldIncident({Event("1", "RESOLVED", 10, "opened_at { seconds: 3 }"), Event("2", "OPENED", 5)}).fact.opened,
            At(3));
  EXPECT_EQ(FoldIncident({Event("1", "RESOLVED", 10)}).fact.opened, std::nullopt);
}

TEST(FoldIncident, ALaterResolutionTakesThePlaceOfTheOneBefore) {
  const FoldedIncident folded =
      FoldIncident({Event("1", "OPENED", 1), Event("2", "RESOLVED", 10), Event("3", "RESOLVED", 20)});
  EXPECT_THAT(folded.fact.resolutions, ElementsAre(Resolution{At(10), At(20)}, Resolution{At(20), kForever}));
  EXPECT_EQ(folded.fact.ResolvedAt(At(10)), std::nullopt);
  EXPECT_EQ(folded.fact.ResolvedAt(At(11)), At(10));
  EXPECT_EQ(folded.fact.ResolvedAt(At(20)), At(10));
  EXPECT_EQ(folded.fact.ResolvedAt(At(21)), At(20));
}

TEST(FoldIncident, ReopenedItIsOpenFromThen) {
  const FoldedIncident folded = FoldIncident(
      {Event("1", "OPENED", 1), Event("2", "RESOLVED", 10), Event("3", "REOPENED", 15), Event("4", "REOPENED", 16)});
  EXPECT_THAT(folded.fact.resolutions, ElementsAre(Resolution{At(10), At(15)}));
  EXPECT_EQ(folded.fact.ResolvedAt(At(15)), At(10));
  EXPECT_EQ(folded.fact.ResolvedAt(At(16)), std::nullopt);
}

TEST(FoldIncident, AnOpeningAfterTheResolutionDoesNotReopen) {
  const FoldedIncident folded = FoldIncident({Event("1", "RESOLVED", 5), Event("2", "OPENED", 9)});
  EXPECT_EQ(folded.fact.opened, At(9));
  EXPECT_EQ(folded.fact.ResolvedAt(At(100)), At(5));
}

TEST(FoldIncident, TheLastEventThatSaysAnyDecides) {
  const std::string a(40, 'a');
  const FoldedIncident folded = FoldIncident(
      {Event("1", "OPENED", 1,
             "environment: 'prod' merged_into: 'x' remedied_by { commit { repository: 'r' sha: '" + a + "' } }"),
       Event("2", "ANNOTATED", 2,
             "environment: 'eu' cause: NOT_A_CHANGE caused_by { change { repository: 'r' number: 1 } }"),
       Event("3", "ANNOTATED", 3,
             "caused_by { change { repository: 'r' number: 2 } } caused_by { change { repository: 'r' number: 3 } }"),
       Event("4", "ANNOTATED", 4)});
  EXPECT_EQ(folded.raw_environment, "eu");
  EXPECT_EQ(folded.merged_into, "x");
  EXPECT_EQ(folded.fact.cause, Cause::kNotAChange);
  EXPECT_THAT(folded.fact.caused_by, ElementsAre(IncidentLink(ChangeRef{"r", 2}), IncidentLink(ChangeRef{"r", 3})));
  EXPECT_THAT(folded.fact.remedied_by, ElementsAre(IncidentLink(CommitRef{"r", a})));
}

TEST(FoldIncident, WithoutEventsThereIsNone) { EXPECT_FALSE(FoldIncident({}).exists); }

}  // namespace
}  // namespace headway
