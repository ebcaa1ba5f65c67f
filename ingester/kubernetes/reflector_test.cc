#include "ingester/kubernetes/reflector.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "ingester/kubernetes/api_bytes.h"
#include "ingester/kubernetes/scripted_api.h"

namespace headway::kubernetes {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using End = ScriptedAnswer::End;

constexpr char kWatch[] = "/apps?watch=true&allowWatchBookmarks=true";
constexpr char kInitial[] = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";

std::string List(absl::string_view version, bool limited = true) {
  return absl::StrCat("/apps?", limited ? "limit=500" : "", limited && !version.empty() ? "&" : "",
                      version.empty() ? "" : "resourceVersion=", version);
}
std::string WatchFrom(absl::string_view version) {
  return absl::StrCat(kWatch, "&resourceVersion=", version, "&timeoutSeconds=300");
}
std::string WatchList(absl::string_view version = "") {
  return absl::StrCat(kWatch, kInitial, version.empty() ? "" : "&resourceVersion=", version, "&timeoutSeconds=300");
}
ScriptedAnswer Body(std::string body, absl::Duration lasts = absl::Minutes(1)) {
  return {.pieces = {std::move(body)}, .lasts = lasts};
}
ScriptedAnswer Refusal(int code, std::string body, absl::Duration retry_after = absl::ZeroDuration()) {
  return {.code = code, .pieces = {std::move(body)}, .retry_after = retry_after};
}
ScriptedAnswer Expired() { return Refusal(410, StatusJson(410, "Expired")); }

class ReflectorTest : public ::testing::Test {
 protected:
  void Run(bool use_watch_list = false) {
    Reflector({.path = "/apps", .kind = "Application", .max_object_bytes = 10'000, .use_watch_list = use_watch_list},
              &api_, &kept_, &kept_, &timing_)
        .Run();
  }

  FakeTiming timing_;
  ScriptedApi api_{&timing_};
  KeptObjects kept_;
};

TEST_F(ReflectorTest, ListsWhateverACacheHasThenWatchesFromThere) {
  api_.Then(Body(ListJson("10", {ObjectJson("a", "3"), ObjectJson("b", "9")})));
  api_.Then(Body(EventJson("MODIFIED", ObjectJson("a", "11")) + EventJson("DELETED", ObjectJson("b", "12")) +
                 EventJson("ADDED", ObjectJson("c", "13"))));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10"), WatchFrom("13")));
  EXPECT_THAT(kept_.log, ElementsAre("+a@3", "+b@9", "listed", "+a@11", "-b@12", "+c@13"));
  EXPECT_THAT(kept_.list_versions, ElementsAre("10"));
  EXPECT_THAT(timing_.sleeps, IsEmpty());
  EXPECT_TRUE(kept_.is_healthy);
}

TEST_F(ReflectorTest, BookmarksOnlyMoveTheVersion) {
  api_.Then(Body(ListJson("10", {ObjectJson("a", "3")})));
  api_.Then(Body(BookmarkJson("20")));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10"), WatchFrom("20")));
  EXPECT_THAT(kept_.log, ElementsAre("+a@3", "listed"));
}

TEST_F(ReflectorTest, AWatchAsksForAnotherTimeEachTime) {
  timing_.fraction = 0.5;
  api_.Then(Body(ListJson("10", {})));
  Run();
  EXPECT_THAT(api_.requests.back(), ::testing::EndsWith("timeoutSeconds=450"));
}

TEST_F(ReflectorTest, PagesAreReadOneAfterAnother) {
  api_.Then(Body(ListJson("10", {ObjectJson("a", "3")}, "t/1=")));
  api_.Then(Body(ListJson("10", {ObjectJson("b", "4")}, "t2")));
  api_.Then(Body(ListJson("10", {ObjectJson("c", "5")})));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), "/apps?limit=500&continue=t%2f1%3d", "/apps?limit=500&continue=t2",
                                         WatchFrom("10")));
  EXPECT_EQ(kept_.objects.size(), 3);
}

TEST_F(ReflectorTest, AListThatExpiresBetweenPagesIsReadInOnePieceOnce) {
  api_.Then(Body(ListJson("10", {ObjectJson("a", "3")}, "t1")));
  api_.Then(Body(ListJson("10", {ObjectJson("b", "4")}, "t2")));
  api_.Then(Expired());
  api_.Then(Body(ListJson("14", {ObjectJson("a", "3"), ObjectJson("c", "12")})));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), "/apps?limit=500&continue=t1", "/apps?limit=500&continue=t2",
                                         List("0", false), WatchFrom("14")));
  EXPECT_THAT(kept_.objects, UnorderedElementsAre(Pair("a", "3"), Pair("c", "12")));
  EXPECT_THAT(timing_.sleeps, IsEmpty());
}

TEST_F(ReflectorTest, RelistsWhenTheWatchIsTooOldAndTakesTheLatestOnlyWhenTheListIsToo) {
  api_.Then(Body(ListJson("10", {})));
  api_.Then(Body(EventJson("ERROR", StatusJson(410, "Expired", "too old"))));
  api_.Then(Expired());
  api_.Then(Body(ListJson("50", {})));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10"), List("10", false), List(""), WatchFrom("50")));
  EXPECT_THAT(timing_.sleeps, ElementsAre(absl::Milliseconds(800)));
  EXPECT_THAT(kept_.problems, IsEmpty());
}

TEST_F(ReflectorTest, TheLatestIsListedOnceWhenTheVersionIsTooLarge) {
  api_.Then(Body(ListJson("900", {})));
  api_.Then(Expired());
  api_.Then(Refusal(504, TooLargeJson()));
  api_.Then(Body(ListJson("7", {})));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("900"), List("900", false), List(""), WatchFrom("7")));
}

TEST_F(ReflectorTest, TheLatestIsListedWhereAWatchSaysThatTheVersionIsNone) {
  for (const ScriptedAnswer& answer : {Refusal(400, StatusJson(400, "BadRequest", "invalid resource version")),
                                       Body(EventJson("ERROR", TooLargeJson()))}) {
    FakeTiming timing;
    ScriptedApi api(&timing);
    KeptObjects kept;
    api.Then(Body(ListJson("10", {})));
    api.Then(answer);
    api.Then(Body(ListJson("7", {})));
    Reflector({.path = "/apps", .kind = "Application", .use_watch_list = false}, &api, &kept, &kept, &timing).Run();
    EXPECT_THAT(api.requests, ElementsAre(List("0"), WatchFrom("10"), List(""), WatchFrom("7")));
  }
}

TEST_F(ReflectorTest, AStormOf410StaysWithinTheBackOffAndHealsSoon) {
  api_.Then(Body(ListJson("10", {})));
  const absl::Duration start = timing_.elapsed;
  absl::Duration healed;
  for (int i = 0; i < 100; ++i) {
    api_.before_answer = [&](const ApiRequest& request) {
      const bool is_watch = absl::StrContains(request.path, "watch=true");
      const bool is_over = timing_.elapsed - start >= absl::Seconds(60);
      if (is_over && is_watch && healed == absl::ZeroDuration()) healed = timing_.elapsed;
      if (healed != absl::ZeroDuration()) return api_.Cancel();
      api_.Then(is_watch ? Body(EventJson("ERROR", StatusJson(410, "Expired")), absl::ZeroDuration())
                         : Body(ListJson("10", {})));
    };
  }
  Run();
  int lists = 0;
  for (size_t i = 0; i < api_.requests.size(); ++i) {
    const bool is_list = !absl::StrContains(api_.requests[i], "watch=true");
    if (is_list && api_.times[i] - start < absl::Minutes(1)) ++lists;
  }
  EXPECT_THAT(lists, Le(12));
  EXPECT_THAT(healed - start, Le(absl::Seconds(95)));
}

TEST_F(ReflectorTest, TooManyRequestsWaitAsAskedAndListNothingAgain) {
  api_.Then(Body(ListJson("10", {})));
  api_.Then(Refusal(429, StatusJson(429, "TooManyRequests"), absl::Seconds(7)));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10"), WatchFrom("10")));
  EXPECT_THAT(timing_.sleeps, ElementsAre(absl::Seconds(7)));
  EXPECT_THAT(kept_.problems, ElementsAre("watch: RESOURCE_EXHAUSTED"));
}

TEST_F(ReflectorTest, RefusedAndBrokenConnectionsGoOnWithoutAList) {
  api_.Then(Body(ListJson("10", {})));
  api_.Then({.refused = absl::UnavailableError("connection refused")});
  api_.Then({.pieces = {EventJson("ADDED", ObjectJson("a", "11"))}, .end = End::kBroken});
  api_.Then(Refusal(503, "not json"));
  Run();
  EXPECT_THAT(api_.requests,
              ElementsAre(List("0"), WatchFrom("10"), WatchFrom("10"), WatchFrom("11"), WatchFrom("11")));
  EXPECT_THAT(timing_.sleeps, ElementsAre(absl::Milliseconds(800), absl::Milliseconds(1600), absl::Milliseconds(3200)));
}

TEST_F(ReflectorTest, PausesDoubleUpToThirtySecondsAndBeginAnewAfterTwoMinutes) {
  timing_.fraction = 0.999;
  for (int i = 0; i < 12; ++i) api_.Then({.refused = absl::UnavailableError("no")});
  api_.Then(Body(ListJson("10", {})));
  api_.Then({.end = End::kBroken, .lasts = absl::Minutes(3)});
  Run();
  EXPECT_THAT(timing_.sleeps, Each(Le(absl::Seconds(30))));
  EXPECT_THAT(timing_.sleeps[11], Ge(absl::Seconds(29)));
  EXPECT_THAT(timing_.sleeps[12], Le(absl::Milliseconds(1600)));
}

TEST_F(ReflectorTest, WatchesThatEndAtOnceBackOffAndFiveOfThemList) {
  api_.Then(Body(ListJson("10", {})));
  for (int i = 0; i < 5; ++i) api_.Then({});
  api_.Then(Body(ListJson("10", {})));
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10"), WatchFrom("10"), WatchFrom("10"), WatchFrom("10"),
                                         WatchFrom("10"), List("10", false), WatchFrom("10")));
  EXPECT_EQ(timing_.sleeps.size(), 5);
}

TEST_F(ReflectorTest, SilenceIsProbedOnAnotherConnectionAndEndedWhenNobodyAnswers) {
  api_.Then(Body(ListJson("10", {})));
  api_.Then({.pieces = {EventJson("ADDED", ObjectJson("a", "11"))}, .end = End::kSilent});
  api_.Then(Body("ok"));
  api_.Then({.refused = absl::DeadlineExceededError("no answer")});
  std::vector<bool> fresh;
  api_.before_answer = [&](const ApiRequest& request) { fresh.push_back(request.new_connection); };
  Run();
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10"), "/readyz", "/readyz", WatchFrom("11")));
  EXPECT_THAT(fresh, ElementsAre(false, false, true, true, false));
  EXPECT_EQ(api_.times[3] - api_.times[1], absl::Seconds(60));
  EXPECT_THAT(kept_.problems, ElementsAre("watch: UNAVAILABLE"));
}

TEST_F(ReflectorTest, AWatchWithoutEvenABookmarkIsBegunAnewThoughTheServerIsWell) {
  api_.Then(Body(ListJson("10", {})));
  api_.Then({.end = End::kSilent});
  for (int i = 0; i < 6; ++i) api_.Then(Body("ok"));
  Run();
  EXPECT_EQ(api_.requests.back(), WatchFrom("10"));
  EXPECT_THAT(api_.times.back() - api_.times[1], Le(absl::Minutes(4)));
}

TEST_F(ReflectorTest, WatchListIsCompleteOnlyAtItsBookmark) {
  api_.Then(Body(EventJson("ADDED", ObjectJson("b", "90")) + EventJson("ADDED", ObjectJson("a", "3")) +
                 BookmarkJson("95") + BookmarkJson("99", "true") + EventJson("MODIFIED", ObjectJson("a", "100"))));
  Run(true);
  EXPECT_THAT(api_.requests, ElementsAre(WatchList(), WatchFrom("100")));
  EXPECT_THAT(kept_.log, ElementsAre("+b@90", "+a@3", "listed", "+a@100"));
  EXPECT_THAT(kept_.list_versions, ElementsAre("99"));
}

TEST_F(ReflectorTest, InitialEventsDoNotMoveTheVersion) {
  api_.Then({.pieces = {EventJson("ADDED", ObjectJson("a", "90"))}, .end = End::kBroken});
  Run(true);
  EXPECT_THAT(api_.requests, ElementsAre(WatchList(), WatchList()));
  EXPECT_THAT(kept_.log, ElementsAre("+a@90"));
}

TEST_F(ReflectorTest, FallsBackToAListWhereWatchListIsRefused) {
  api_.Then(Refusal(422, StatusJson(422, "Invalid", "sendInitialEvents is forbidden for watch")));
  api_.Then(Body(ListJson("10", {})));
  Run(true);
  EXPECT_THAT(api_.requests, ElementsAre(WatchList(), List("0"), WatchFrom("10")));
  EXPECT_THAT(timing_.sleeps, IsEmpty());
}

TEST_F(ReflectorTest, FallsBackToAListWhereTheBookmarkIsMissingOrSaysSomethingElse) {
  for (const End end : {End::kWhole, End::kSilent}) {
    FakeTiming timing;
    ScriptedApi api(&timing);
    KeptObjects kept;
    api.Then({.pieces = {EventJson("ADDED", ObjectJson("a", "3")) + BookmarkJson("9", "false")}, .end = end});
    if (end == End::kSilent) api.Then(Body("ok"));
    api.Then(Body(ListJson("10", {ObjectJson("a", "3")})));
    Reflector({.path = "/apps", .kind = "Application"}, &api, &kept, &kept, &timing).Run();
    EXPECT_THAT(kept.log, ElementsAre("+a@3", "+a@3", "listed"));
    EXPECT_EQ(api.requests.back(), WatchFrom("10"));
  }
}

TEST_F(ReflectorTest, ExpiryAfterWatchListAsksAgainFromWhatWasSeen) {
  api_.Then(Body(BookmarkJson("99", "true")));
  api_.Then(Body(EventJson("ERROR", StatusJson(410, "Expired"))));
  api_.Then(Refusal(504, TooLargeJson()));
  Run(true);
  EXPECT_THAT(api_.requests, ElementsAre(WatchList(), WatchFrom("99"), WatchList("99"), WatchList()));
}

TEST_F(ReflectorTest, GarbageIsCountedAndTheNextEventTaken) {
  api_.Then(Body(ListJson("10", {ObjectJson("a", "3")})));
  const std::string table = R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"12"}})";
  const std::vector<std::string> garbage = {
      "{\"type\":\"ERROR\"}\n",
      EventJson("ERROR", "{}"),
      EventJson("MODIFIED", table),
      EventJson("FROBNICATED", ObjectJson("a", "13")),
      EventJson("MODIFIED", ObjectJson("big", "14", absl::StrCat(",\"x\":\"", std::string(20'000, 'x'), "\""))),
      EventJson("MODIFIED", ObjectJson("utf\xff", "15")),
      EventJson("MODIFIED", ObjectJson("deep", "16", ",\"x\":" + std::string(3000, '[') + std::string(3000, ']'))),
      EventJson("MODIFIED", R"({"kind":"Application","metadata":{"name":"b"}})"),
      "nonsense\n",
      "\n",
  };
  std::string body;
  for (const std::string& one : garbage) body += one;
  kept_.on_take = [](absl::string_view object) {
    return absl::StrContains(object, "deep") ? absl::InvalidArgumentError("too deep") : absl::OkStatus();
  };
  api_.Then(Body(body + EventJson("MODIFIED", ObjectJson("a", "20"))));
  Run();
  EXPECT_THAT(kept_.log, ElementsAre("+a@3", "listed", "+a@20"));
  EXPECT_EQ(kept_.outcomes[ObjectOutcome::kTooLarge], 1);
  EXPECT_EQ(kept_.outcomes[ObjectOutcome::kUnknownType], 1);
  EXPECT_EQ(kept_.outcomes[ObjectOutcome::kBroken], 7);
  EXPECT_EQ(api_.requests.back(), WatchFrom("20"));
}

TEST_F(ReflectorTest, AListWithObjectsThatCannotBeReadTellsNothingOfWhatIsGone) {
  api_.Then(Body(ListJson("10", {ObjectJson("a", "3"), ObjectJson("b", "4")})));
  api_.Then(Body(EventJson("ERROR", StatusJson(410, "Expired"))));
  api_.Then(Body(ListJson("20", {ObjectJson("a", "3"), "17"})));
  api_.Then(Body(EventJson("ERROR", StatusJson(410, "Expired"))));
  api_.Then(Body(ListJson("30", {ObjectJson("a", "3"), ObjectJson("odd", "4")})));
  kept_.on_take = [](absl::string_view object) {
    return absl::StrContains(object, "odd") ? absl::InvalidArgumentError("odd") : absl::OkStatus();
  };
  Run();
  EXPECT_THAT(kept_.log, ElementsAre("+a@3", "+b@4", "listed", "+a@3", "listed in part", "+a@3", "listed in part"));
  EXPECT_EQ(kept_.objects.size(), 2);
}

TEST_F(ReflectorTest, AListThatIsNoListOrEndsTooEarlyIsAskedForAgain) {
  const std::string whole = ListJson("10", {ObjectJson("a", "3")});
  api_.Then(Body(ListJson("10", {}, "", "Table")));
  api_.Then(Body(whole.substr(0, whole.size() / 2)));
  api_.Then({.pieces = {whole.substr(0, 40)}, .end = End::kBroken});
  api_.Then(Body("[]"));
  api_.Then(Body(ListJson("0", {})));
  api_.Then(Refusal(301, "moved"));
  api_.Then(Body(whole));
  Run();
  EXPECT_THAT(kept_.problems, ElementsAre("list: DATA_LOSS", "list: DATA_LOSS", "list: UNAVAILABLE", "list: DATA_LOSS",
                                          "list: DATA_LOSS", "list: DATA_LOSS"));
  EXPECT_EQ(api_.requests.back(), WatchFrom("10"));
}

TEST_F(ReflectorTest, MissingRightsAndMissingKindsAreSaidAndTriedAgain) {
  api_.Then(Refusal(403, StatusJson(403, "Forbidden", "cannot list")));
  api_.Then(Refusal(404, "404 page not found"));
  api_.Then(Body(ListJson("10", {})));
  api_.Then(Refusal(403, StatusJson(403, "Forbidden", "cannot watch")));
  api_.Then(Body(ListJson("11", {})));
  Run();
  EXPECT_THAT(kept_.problems, ElementsAre("list: PERMISSION_DENIED", "list: NOT_FOUND", "watch: PERMISSION_DENIED"));
  EXPECT_THAT(api_.requests,
              ElementsAre(List("0"), List("0"), List("0"), WatchFrom("10"), List("10", false), WatchFrom("11")));
}

TEST_F(ReflectorTest, CredentialsThatAreRefusedAreTriedOften) {
  for (int i = 0; i < 10; ++i) api_.Then(Refusal(401, StatusJson(401, "Unauthorized")));
  api_.Then(Body(ListJson("10", {})));
  Run();
  EXPECT_THAT(timing_.sleeps, Each(Le(absl::Seconds(5))));
}

// What was taken is delivered before the version moves: while the store is out of reach, a watch that begins anew begins where the store is.
TEST_F(ReflectorTest, TheVersionWaitsForTheStore) {
  api_.Then(Body(ListJson("10", {})));
  api_.Then({.pieces = {EventJson("ADDED", ObjectJson("a", "11")), EventJson("ADDED", ObjectJson("b", "12"))}});
  int deliveries = 0;
  kept_.on_deliver = [&] { return ++deliveries == 2 ? absl::CancelledError("stopping") : absl::OkStatus(); };
  Run();
  EXPECT_EQ(deliveries, 2);
  EXPECT_THAT(api_.requests, ElementsAre(List("0"), WatchFrom("10")));
}

// The same three events, cut at every byte: what is seen afterwards is always the same, and never a part of an object.
TEST_F(ReflectorTest, AStreamCutAnywhereGoesOnFromTheLastWholeEvent) {
  const std::vector<std::string> events = {EventJson("ADDED", ObjectJson("a", "11")),
                                           EventJson("MODIFIED", ObjectJson("a", "12", ",\"spec\":{\"x\":\"\\\"}\"}")),
                                           EventJson("DELETED", ObjectJson("b", "13"))};
  const std::string all = events[0] + events[1] + events[2];
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    FakeTiming timing;
    ScriptedApi api(&timing);
    KeptObjects kept;
    api.Then(Body(ListJson("10", {ObjectJson("b", "2")})));
    api.Then({.pieces = {all.substr(0, cut)}, .end = cut % 2 == 0 ? End::kBroken : End::kWhole});
    api.before_answer = [&](const ApiRequest& request) {
      if (api.requests.size() != 3) return;
      std::string rest;
      for (size_t i = 0; i < events.size(); ++i) {
        if (absl::StrCat(11 + i) > request.path.substr(request.path.find("resourceVersion=") + 16, 2))
          rest += events[i];
      }
      api.Then(Body(rest));
    };
    Reflector({.path = "/apps", .kind = "Application", .use_watch_list = false}, &api, &kept, &kept, &timing).Run();
    EXPECT_THAT(kept.log, ElementsAre("+b@2", "listed", "+a@11", "+a@12", "-b@13")) << cut;
    EXPECT_THAT(kept.objects, ElementsAre(Pair("a", "12"))) << cut;
    EXPECT_EQ(kept.outcomes[ObjectOutcome::kBroken], 0) << cut;
  }
}

}  // namespace
}  // namespace headway::kubernetes
