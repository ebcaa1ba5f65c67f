#include "services/metrics/watch_hub.h"

#include <deque>

#include "gmock/gmock.h"

namespace headway {
namespace {

constexpr char kA[] = "component:default/a";
constexpr char kB[] = "component:default/b";
const absl::Time kStart = absl::FromUnixSeconds(1'750'000'000);

class FakeWatcher : public Watcher {
 public:
  void Offer(WatchAnswer answer) override {
    EXPECT_FALSE(ended.has_value()) << "an answer after the end";
    answers.push_back(std::move(answer));
  }
  void End(absl::Status status) override {
    EXPECT_FALSE(ended.has_value()) << "ended twice";
    ended = std::move(status);
  }

  std::deque<WatchAnswer> answers;
  std::optional<absl::Status> ended;
};

class WatchHubTest : public ::testing::Test {
 protected:
  static v1::GetEntityMetricsRequest For(const std::string& ref, int days = 30) {
    v1::GetEntityMetricsRequest request;
    request.set_entity_ref(ref);
    request.mutable_scope()->set_window_days(days);
    return request;
  }
  std::shared_ptr<FakeWatcher> Watch(const v1::GetEntityMetricsRequest& request) {
    auto watcher = std::make_shared<FakeWatcher>();
    const absl::Status status = hub_.Subscribe(request, watcher);
    EXPECT_TRUE(status.ok()) << status;
    return watcher;
  }
  void Hear(const std::string& ref) { hub_.Hear({.hashes = {EntityHash(ref)}}); }
  void Change(const std::string& ref) {
    ++version_[ref];
    ++value_[ref];
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    hub_.Step();
  }

  absl::Status Compute(const v1::GetEntityMetricsRequest& request, v1::GetEntityMetricsResponse* out,
                       WatchFacts* facts) {
    ++computed_;
    if (during_compute_) during_compute_();
    if (!failure_.ok()) return failure_;
    out->set_entity_ref(request.entity_ref());
    out->set_entity_version(version_[request.entity_ref()]);
    out->mutable_scope()->mutable_as_of()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
    out->add_measures()->set_value(value_[request.entity_ref()]);
    facts->next_crossing = next_crossing_;
    if (request.entity_ref() == kA) facts->others = others_;
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<EntityState>> Versions(absl::Span<const std::string> refs) {
    ++looked_up_;
    if (!failure_.ok()) return failure_;
    std::vector<EntityState> states;
    for (const std::string& ref : refs) states.push_back({.entity_ref = ref, .version = version_[ref]});
    return states;
  }

  std::map<std::string, int64_t> version_ = {{kA, 1}, {kB, 1}};
  std::map<std::string, double> value_;
  absl::Time next_crossing_ = absl::InfiniteFuture();
  std::vector<std::string> others_;
  bool sources_moved_ = false;
  absl::Status failure_;
  std::function<void()> during_compute_;
  int computed_ = 0;
  int looked_up_ = 0;
  FakeClock clock_{kStart};
  WatchHub hub_{
      {.max_watchers = 4},
      {.compute = [this](const auto& request, auto* out, WatchFacts* facts) { return Compute(request, out, facts); },
       .versions = [this](absl::Span<const std::string> refs) { return Versions(refs); },
       .sources_moved = [this](int64_t, const v1::GetEntityMetricsResponse&) { return sources_moved_; }},
      &clock_};
};

TEST_F(WatchHubTest, ComputesOnceForAllWatchersOfTheSame) {
  const auto first = Watch(For(kA));
  const auto second = Watch(For(kA));
  const auto other = Watch(For(kA, 60));
  hub_.Step();
  EXPECT_EQ(computed_, 2);
  EXPECT_EQ(first->answers.size(), 1u);
  EXPECT_EQ(first->answers[0], second->answers[0]);  // one and the same object
  EXPECT_EQ(other->answers.size(), 1u);
  EXPECT_EQ(hub_.topics(), 2u);
  EXPECT_EQ(hub_.watchers(), 3u);
}

TEST_F(WatchHubTest, SendsAgainWhenTheEntityChangedAndOnlyThen) {
  const auto a = Watch(For(kA));
  const auto b = Watch(For(kB));
  hub_.Step();
  Change(kA);
  Hear(kA);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(a->answers.size(), 2u);
  EXPECT_EQ(a->answers[1]->entity_version(), 2);
  EXPECT_EQ(b->answers.size(), 1u);
  EXPECT_EQ(computed_, 3);
}

TEST_F(WatchHubTest, AHintWithoutANewVersionCostsOneLookUp) {
  const auto a = Watch(For(kA));
  hub_.Step();
  const int looked_up = looked_up_;
  Hear(kA);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(looked_up_, looked_up + 1);
  EXPECT_EQ(computed_, 1);
  EXPECT_EQ(a->answers.size(), 1u);
}

TEST_F(WatchHubTest, ChangesWithinTheDebounceAreComputedOnce) {
  const auto a = Watch(For(kA));
  hub_.Step();
  for (int i = 0; i < 9; ++i) {
    Change(kA);
    Hear(kA);
    Pass(absl::Milliseconds(10));
  }
  EXPECT_EQ(computed_, 1);
  Pass(absl::Milliseconds(10));
  EXPECT_EQ(computed_, 2);
  EXPECT_EQ(a->answers.size(), 2u);
  EXPECT_EQ(a->answers[1]->measures(0).value(), 9);
}

TEST_F(WatchHubTest, AChangeDuringTheComputationIsSeen) {
  const auto a = Watch(For(kA));
  during_compute_ = [this] {
    during_compute_ = nullptr;
    Hear(kA);  // told before the answer was there
  };
  hub_.Step();
  Change(kA);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(a->answers.size(), 2u);
}

TEST_F(WatchHubTest, APoolIsLookedAtWhenAMemberChanges) {
  others_ = {kB, "component:default/c"};
  const auto watcher = Watch(For(kA));
  hub_.Step();
  ASSERT_EQ(watcher->answers.size(), 1u);
  Change(kA);  // as a pool's version does with each of its members
  Hear(kB);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(watcher->answers.size(), 2u);
  Change(kA);
  Hear("component:default/d");
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(watcher->answers.size(), 2u) << "nothing that it was made from was named";
}

TEST_F(WatchHubTest, IsComputedAgainWhenItsSourcesHaveComeFurther) {
  const auto watcher = Watch(For(kA));
  hub_.Step();
  ++value_[kA];  // in place of the time that a source is complete until
  Pass(absl::Seconds(31));
  EXPECT_EQ(computed_, 1);
  sources_moved_ = true;
  Pass(absl::Seconds(31));
  EXPECT_EQ(computed_, 2);
  EXPECT_EQ(watcher->answers.size(), 2u);
}

TEST_F(WatchHubTest, ComputesAgainWhenTimeAloneChangesTheNumbers) {
  next_crossing_ = kStart + absl::Hours(1);
  const auto a = Watch(For(kA));
  const absl::Time due = hub_.Step();
  EXPECT_LE(due, kStart + absl::Hours(1));
  value_[kA] = 7;  // a deployment left the window; the version is the same
  next_crossing_ = absl::InfiniteFuture();
  Pass(absl::Minutes(59));
  EXPECT_EQ(a->answers.size(), 1u);
  Pass(absl::Minutes(1));
  ASSERT_EQ(a->answers.size(), 2u);
  EXPECT_EQ(a->answers[1]->measures(0).value(), 7);
}

TEST_F(WatchHubTest, WhatDidNotChangeIsNotSentAgain) {
  next_crossing_ = kStart + absl::Hours(1);
  const auto a = Watch(For(kA));
  hub_.Step();
  Pass(absl::Hours(1));
  EXPECT_EQ(computed_, 2);
  EXPECT_EQ(a->answers.size(), 1u);
}

TEST_F(WatchHubTest, ACrossingThatDoesNotMoveOnDoesNotSpin) {
  next_crossing_ = kStart - absl::Hours(1);
  Watch(For(kA));
  EXPECT_GE(hub_.Step(), kStart + absl::Milliseconds(100));
}

TEST_F(WatchHubTest, ALaterWatcherGetsAFreshAnswerAndTheOthersNothing) {
  const auto first = Watch(For(kA));
  hub_.Step();
  clock_.Advance(absl::Minutes(5));
  const auto second = Watch(For(kA));
  hub_.Step();
  EXPECT_EQ(first->answers.size(), 1u);
  ASSERT_EQ(second->answers.size(), 1u);
  EXPECT_EQ(second->answers[0]->scope().as_of().seconds(), absl::ToUnixSeconds(kStart + absl::Minutes(5)));
}

TEST_F(WatchHubTest, EverythingIsLookedAtInOneStatementAfterAReconnect) {
  const auto a = Watch(For(kA));
  const auto b = Watch(For(kB));
  hub_.Step();
  Change(kB);  // the notice was lost
  const int looked_up = looked_up_;
  hub_.Hear({.everything = true});
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(looked_up_, looked_up + 1);
  EXPECT_EQ(a->answers.size(), 1u);
  EXPECT_EQ(b->answers.size(), 2u);
}

TEST_F(WatchHubTest, ALostNoticeIsMadeUpForInTime) {
  const auto a = Watch(For(kA));
  hub_.Step();
  Change(kA);
  Pass(absl::Seconds(29));
  EXPECT_EQ(a->answers.size(), 1u);
  Pass(absl::Seconds(2));
  EXPECT_EQ(a->answers.size(), 2u);
}

TEST_F(WatchHubTest, WhoHasAnAnswerKeepsItWhileTheStoreIsAway) {
  const auto a = Watch(For(kA));
  hub_.Step();
  failure_ = absl::UnavailableError("gone");
  Change(kA);
  Hear(kA);
  Pass(absl::Milliseconds(100));
  EXPECT_FALSE(a->ended.has_value());
  const auto late = Watch(For(kB));
  hub_.Step();
  ASSERT_TRUE(late->ended.has_value());
  EXPECT_EQ(*late->ended, failure_);
  failure_ = absl::OkStatus();
  Pass(absl::Seconds(1));
  hub_.Step();
  EXPECT_EQ(a->answers.size(), 2u);
  EXPECT_EQ(hub_.watchers(), 1u);
}

TEST_F(WatchHubTest, AnErrorThatStaysEndsTheWatch) {
  const auto a = Watch(For(kA));
  failure_ = absl::NotFoundError("nothing is known of it");
  hub_.Step();
  ASSERT_TRUE(a->ended.has_value());
  EXPECT_TRUE(absl::IsNotFound(*a->ended));
  EXPECT_EQ(hub_.topics(), 0u);
}

TEST_F(WatchHubTest, WhoLeavesGetsNothingAndTheTopicGoesWithTheLast) {
  const auto first = Watch(For(kA));
  const auto second = Watch(For(kA));
  hub_.Step();
  hub_.Unsubscribe(first.get());
  hub_.Unsubscribe(first.get());
  Change(kA);
  Hear(kA);
  Pass(absl::Milliseconds(100));
  EXPECT_EQ(first->answers.size(), 1u);
  EXPECT_EQ(second->answers.size(), 2u);
  hub_.Unsubscribe(second.get());
  EXPECT_EQ(hub_.topics(), 0u);
  EXPECT_EQ(hub_.Step(), absl::InfiniteFuture());
}

TEST_F(WatchHubTest, TakesNoMoreThanItHasRoomFor) {
  std::vector<std::shared_ptr<FakeWatcher>> watchers;
  for (int i = 0; i < 4; ++i) watchers.push_back(Watch(For(kA)));
  EXPECT_TRUE(absl::IsResourceExhausted(hub_.Subscribe(For(kA), std::make_shared<FakeWatcher>())));
  hub_.Unsubscribe(watchers[0].get());
  EXPECT_TRUE(hub_.Subscribe(For(kA), watchers[0]).ok());
}

TEST_F(WatchHubTest, StoppingEndsEveryWatchAndTakesNoNew) {
  const auto a = Watch(For(kA));
  hub_.Step();
  hub_.Drain();
  ASSERT_TRUE(a->ended.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*a->ended));
  EXPECT_TRUE(absl::IsUnavailable(hub_.Subscribe(For(kA), std::make_shared<FakeWatcher>())));
  hub_.Step();
}

}  // namespace
}  // namespace headway
