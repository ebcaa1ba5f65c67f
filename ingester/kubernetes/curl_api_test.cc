// The real client, and the reflector on it, against a server that does what it is told: the exact sequence of requests, and what comes of each fault.
#include "ingester/kubernetes/curl_api.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "ingester/kubernetes/api_bytes.h"
#include "ingester/kubernetes/credentials.h"
#include "ingester/kubernetes/reflector.h"
#include "ingester/kubernetes/scripted_api.h"
#include "ingester/kubernetes/scripted_server.h"

namespace headway::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr absl::Duration kSoon = absl::Seconds(20);  // for a loaded machine

std::unique_ptr<KubernetesApi> ApiOf(const ScriptedServer& server, std::shared_ptr<Credentials> credentials = nullptr) {
  Cluster cluster;
  cluster.server = server.url();
  cluster.credentials = std::move(credentials);
  return *MakeCurlApi(cluster);
}

absl::StatusOr<std::string> BodyOf(KubernetesApi& api, const std::string& path) {
  auto answer = api.Get({.path = path, .answer_within = kSoon});
  if (!answer.ok()) return answer.status();
  std::string body;
  while (true) {
    const auto piece = (*answer)->Read(kSoon);
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return body;
    body.append(piece->data(), piece->size());
  }
}

TEST(CurlApi, AsksAndReadsInPieces) {
  const std::string large(3 << 20, 'x');
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
    if (request.path == "/chunks") {
      to.Begin();
      to.Chunk("a");
      to.Chunk("bc");
      to.End();
    } else {
      to.Answer(200, large);
    }
  });
  auto api = ApiOf(server);
  EXPECT_EQ(*BodyOf(*api, "/chunks"), "abc");
  EXPECT_EQ(BodyOf(*api, "/large?a=b")->size(), large.size());
  EXPECT_THAT(server.paths(), ElementsAre("/chunks", "/large?a=b"));
}

TEST(CurlApi, AReaderThatWaitsSlowsTheServer) {
  std::atomic<size_t> sent = 0;
  ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& to) {
    to.Begin();
    while (sent < (64 << 20) && to.Chunk(std::string(64 << 10, 'x'))) sent += 64 << 10;
  });
  auto api = ApiOf(server);
  auto answer = api->Get({.path = "/", .answer_within = kSoon});
  ASSERT_TRUE(answer.ok());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE((*answer)->Read(kSoon).ok());
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_LT(sent, 32 << 20);
}

TEST(CurlApi, TheTokenGoesToTheServerAloneAndRedirectsNowhere) {
  ScriptedServer other([](const ScriptedRequest&, ScriptedConnection& to) { to.Answer(200, "other"); });
  ScriptedServer server([&](const ScriptedRequest&, ScriptedConnection& to) {
    to.Answer(307, "", absl::StrCat("Location: ", other.url(), "/\r\n"));
  });
  setenv("http_proxy", other.url().c_str(), 1);
  setenv("ALL_PROXY", other.url().c_str(), 1);
  auto api = ApiOf(server, MakeCredentials({.token = "secret"}));
  auto answer = api->Get({.path = "/", .answer_within = kSoon});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*(*answer)->Read(kSoon), "");
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  EXPECT_EQ((*answer)->code(), 307);
  EXPECT_EQ(server.requests()[0].headers["authorization"], "Bearer secret");
  EXPECT_TRUE(other.paths().empty());
}

TEST(CurlApi, CredentialsAreNotSentWithoutTlsButToLoopback) {
  for (const char* url : {"http://10.0.0.1:80", "http://127.evil.example:80", "http://localhost.example"}) {
    Cluster cluster{.server = url, .credentials = MakeCredentials({.token = "secret"})};
    auto api = MakeCurlApi(cluster);
    ASSERT_TRUE(api.ok());
    EXPECT_TRUE(absl::IsUnauthenticated((*api)->Get({.path = "/"}).status())) << url;
  }
  for (const char* url : {"", "ftp://a", "https://", "https://user:pw@a", "https://a/?b=c", "a b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(MakeCurlApi(Cluster{.server = url}).status())) << url;
  }
}

TEST(CurlApi, ARefusedConnectionAndASilentServerAreSaid) {
  int port = 0;
  {
    ScriptedServer gone([](const ScriptedRequest&, ScriptedConnection&) {});
    port = gone.port();
  }
  auto nobody = *MakeCurlApi(Cluster{.server = absl::StrCat("http://127.0.0.1:", port)});
  EXPECT_TRUE(absl::IsUnavailable(nobody->Get({.path = "/"}).status()));
  ScriptedServer silent([](const ScriptedRequest&, ScriptedConnection& to) { to.WaitUntilClosed(kSoon); });
  auto api = ApiOf(silent);
  EXPECT_TRUE(absl::IsDeadlineExceeded(api->Get({.path = "/", .answer_within = absl::Milliseconds(300)}).status()));
}

TEST(CurlApi, CancelEndsWhateverWaits) {
  ScriptedServer server([](const ScriptedRequest&, ScriptedConnection& to) {
    to.Begin();
    to.WaitUntilClosed(kSoon);
  });
  auto api = ApiOf(server);
  auto answer = api->Get({.path = "/", .answer_within = kSoon});
  ASSERT_TRUE(answer.ok());
  std::thread later([&] {
    absl::SleepFor(absl::Milliseconds(100));
    api->Cancel();
  });
  const absl::Time start = absl::Now();
  EXPECT_TRUE(absl::IsCancelled((*answer)->Read(absl::Minutes(5)).status()));
  EXPECT_LT(absl::Now() - start, kSoon);
  EXPECT_TRUE(absl::IsCancelled(api->Get({.path = "/"}).status()));
  later.join();
}

// The reflector as it runs, with waits that are shortened.
class Running {
 public:
  class QuickTiming : public SystemTiming {
   public:
    bool Sleep(absl::Duration time) override { return SystemTiming::Sleep(std::min(time, absl::Milliseconds(5))); }
    double Fraction() override { return 0; }
  };

  Running(const ScriptedServer& server, bool use_watch_list, std::shared_ptr<Credentials> credentials = nullptr)
      : api_(ApiOf(server, std::move(credentials))),
        reflector_({.path = "/apps",
                    .kind = "Application",
                    .max_object_bytes = 1 << 20,
                    .use_watch_list = use_watch_list,
                    .silence = absl::Milliseconds(500),
                    .probe_within = absl::Milliseconds(500)},
                   api_.get(), &kept_, &kept_, &timing_),
        thread_([this] { reflector_.Run(); }) {}

  // Stops, after which what was kept can be looked at.
  KeptObjects& Stop() {
    if (thread_.joinable()) {
      api_->Cancel();
      timing_.Stop();
      thread_.join();
    }
    return kept_;
  }
  ~Running() { Stop(); }

 private:
  QuickTiming timing_;
  std::unique_ptr<KubernetesApi> api_;
  KeptObjects kept_;
  Reflector reflector_;
  std::thread thread_;
};

bool IsWatch(const ScriptedRequest& request) { return absl::StrContains(request.path, "watch=true"); }

void Hold(ScriptedConnection& to) { to.WaitUntilClosed(absl::Minutes(2)); }

TEST(ReflectorOnHttp, ListsWatchesAndGoesOnWhereTheConnectionBroke) {
  std::atomic<int> watches = 0;
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
    if (!IsWatch(request)) return to.Answer(200, ListJson("10", {ObjectJson("a", "3")}));
    to.Begin();
    if (++watches > 1) return Hold(to);
    const std::string event = EventJson("ADDED", ObjectJson("b", "11"));
    to.Chunk(event + event.substr(0, 30));
    absl::SleepFor(absl::Milliseconds(50));
    to.Break();
  });
  Running running(server, false);
  ASSERT_TRUE(server.WaitForRequests(3, kSoon));
  EXPECT_THAT(server.paths(),
              ElementsAre("/apps?limit=500&resourceVersion=0",
                          "/apps?watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=300",
                          "/apps?watch=true&allowWatchBookmarks=true&resourceVersion=11&timeoutSeconds=300"));
  EXPECT_THAT(running.Stop().objects, ElementsAre(Pair("a", "3"), Pair("b", "11")));
}

void WaitFor(const std::atomic<bool>& is_true) {
  const absl::Time until = absl::Now() + absl::Minutes(1);
  while (!is_true && absl::Now() < until) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_TRUE(is_true);
}

// A server that is stopped: its kernel takes connections and acknowledges, and nothing else comes, until it goes on and answers what has come meanwhile.
TEST(ReflectorOnHttp, AStoppedServerIsNoticedAndNothingIsLost) {
  std::atomic<bool> is_stopped = false;
  std::atomic<bool> was_probed = false;
  std::atomic<bool> was_left = false;
  std::atomic<bool> has_told = false;
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
    const bool goes_on = IsWatch(request) && was_probed;
    if (goes_on) was_left = true;
    while (is_stopped) absl::SleepFor(absl::Milliseconds(10));
    if (request.path == "/readyz") {
      to.Answer(200, "ok");
      was_probed = true;
      return;
    }
    if (!IsWatch(request)) return to.Answer(200, ListJson("10", {}));
    to.Begin();
    if (goes_on && to.Chunk(EventJson("ADDED", ObjectJson("missed", "12")))) {
      has_told = true;
    } else {
      to.Chunk(EventJson("ADDED", ObjectJson("a", "11")));
    }
    Hold(to);
  });
  Running running(server, false);
  WaitFor(was_probed);
  is_stopped = true;
  WaitFor(was_left);  // a probe was not answered, and another watch is tried
  is_stopped = false;
  WaitFor(has_told);
  absl::SleepFor(absl::Milliseconds(300));
  const std::vector<ScriptedRequest> requests = server.requests();
  EXPECT_EQ(requests[2].path, "/readyz");
  EXPECT_NE(requests[2].connection, requests[1].connection);
  KeptObjects& kept = running.Stop();
  EXPECT_THAT(kept.objects, ElementsAre(Pair("a", "11"), Pair("missed", "12")));
  EXPECT_EQ(kept.lists.size(), 1);
}

TEST(ReflectorOnHttp, ServersWithoutWatchListAreListed) {
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
    if (absl::StrContains(request.path, "sendInitialEvents")) return to.Answer(400, StatusJson(400, "BadRequest"));
    if (!IsWatch(request)) return to.Answer(200, ListJson("10", {ObjectJson("a", "3")}));
    to.Begin();
    Hold(to);
  });
  Running running(server, true);
  ASSERT_TRUE(server.WaitForRequests(3, kSoon));
  EXPECT_THAT(server.paths()[1], StartsWith("/apps?limit=500&resourceVersion=0"));
  EXPECT_THAT(running.Stop().log, ElementsAre("+a@3", "listed"));
}

TEST(ReflectorOnHttp, ANewTokenIsTakenUpAfterARefusal) {
  const std::string file = ::testing::TempDir() + absl::StrCat("/token", getpid());
  std::ofstream(file) << "old";
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
    if (request.headers.at("authorization") != "Bearer new") return to.Answer(401, StatusJson(401, "Unauthorized"));
    if (!IsWatch(request)) return to.Answer(200, ListJson("10", {}));
    to.Begin();
    Hold(to);
  });
  Running running(server, false, MakeCredentials({.token_file = file}));
  ASSERT_TRUE(server.WaitForRequests(3, kSoon));
  std::ofstream(file) << "new";
  for (int i = 0; i < 400 && !absl::StrContains(server.paths().back(), "watch"); ++i) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  absl::SleepFor(absl::Milliseconds(100));
  KeptObjects& kept = running.Stop();
  EXPECT_EQ(kept.problems[0], "list: UNAUTHENTICATED");
  EXPECT_TRUE(kept.is_healthy);
}

// 5 MiB in one line: received, counted, not held.
TEST(ReflectorOnHttp, ALineThatIsFarTooLongIsPassedOver) {
  ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
    if (!IsWatch(request)) return to.Answer(200, ListJson("10", {}));
    to.Begin();
    if (absl::StrContains(request.path, "resourceVersion=10&")) {
      to.Chunk(EventJson("ADDED", ObjectJson("big", "11", absl::StrCat(",\"x\":\"", std::string(5 << 20, 'x'), "\""))));
      to.Chunk(EventJson("ADDED", ObjectJson("small", "12")));
      to.End();
    } else {
      Hold(to);
    }
  });
  Running running(server, false);
  ASSERT_TRUE(server.WaitForRequests(3, kSoon));
  KeptObjects& kept = running.Stop();
  EXPECT_THAT(kept.objects, ElementsAre(Pair("small", "12")));
  EXPECT_EQ(kept.outcomes[ObjectOutcome::kTooLarge], 1);
}

// The same recording, cut at every byte by a server that breaks the connection there.
TEST(ReflectorOnHttp, ARecordingCutAtEveryByteGivesTheSame) {
  const std::vector<std::string> events = {EventJson("ADDED", ObjectJson("a", "11")),
                                           EventJson("MODIFIED", ObjectJson("a", "12")),
                                           EventJson("DELETED", ObjectJson("b", "13"))};
  const std::string all = events[0] + events[1] + events[2];
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    std::atomic<bool> is_first = true;
    ScriptedServer server([&](const ScriptedRequest& request, ScriptedConnection& to) {
      if (!IsWatch(request)) return to.Answer(200, ListJson("10", {ObjectJson("b", "2")}));
      to.Begin();
      if (is_first.exchange(false)) {
        to.Chunk(all.substr(0, cut));
        return to.Break();
      }
      const size_t at = request.path.find("resourceVersion=") + 16;
      for (size_t i = 0; i < events.size(); ++i) {
        if (absl::StrCat(11 + i) > request.path.substr(at, 2)) to.Chunk(events[i]);
      }
      to.Chunk(BookmarkJson("14"));
      if (absl::StrContains(request.path, "resourceVersion=14")) return Hold(to);
      to.End();
    });
    Running running(server, false);
    for (int i = 0;
         i < 4000 && !absl::StrContains(absl::StrCat(server.paths().empty() ? "" : server.paths().back()), "=14&");
         ++i) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    KeptObjects& kept = running.Stop();
    EXPECT_THAT(kept.objects, ElementsAre(Pair("a", "12"))) << cut;
    EXPECT_THAT(kept.log, ElementsAre("+b@2", "listed", "+a@11", "+a@12", "-b@13")) << cut;
  }
}

}  // namespace
}  // namespace headway::kubernetes
