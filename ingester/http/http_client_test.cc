#include "ingester/http/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/http/scripted_http_server.h"

namespace headway {
namespace {

using testing::HasSubstr;
using Answer = ScriptedHttpServer::Answer;

HttpRequest To(const ScriptedHttpServer& server) {
  HttpRequest request;
  request.url = server.url() + "/x?y=z";
  request.deadline = absl::Seconds(20);
  return request;
}

absl::Status StatusOf(
    const Answer& answer, HttpRequest (*change)(HttpRequest) = [](HttpRequest r) { return r; }) {
  ScriptedHttpServer server([&](const ScriptedHttpServer::Request&) { return answer; });
  return MakeHttpClient([] { return false; })->Get(change(To(server))).status();
}

TEST(HttpClient, GivesTheAnswerWhateverItsStatus) {
  ScriptedHttpServer server(
      [](const ScriptedHttpServer::Request&) { return Answer::Json("{}", 503, "Retry-After:  7 \r\n"); });
  const auto client = MakeHttpClient([] { return false; });
  for (int i = 0; i < 3; ++i) {
    HttpRequest request = To(server);
    request.headers = {{"Authorization", "Bearer t"}, {"X-Split", "a\r\nX-More: b"}};
    const absl::StatusOr<HttpResponse> response = client->Get(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 503);
    EXPECT_EQ(response->body, "{}");
    EXPECT_EQ(response->headers.at("retry-after"), "7");
  }
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.requests()[0].target, "/x?y=z");
  EXPECT_EQ(server.requests()[0].Header("authorization"), "Bearer t");
  EXPECT_EQ(server.requests()[0].Header("x-more"), "");
}

TEST(HttpClient, DoesNotFollowARedirect) {
  ScriptedHttpServer other([](const ScriptedHttpServer::Request&) { return Answer::Json("{}"); });
  ScriptedHttpServer server([&](const ScriptedHttpServer::Request&) {
    return Answer::Json("", 302, absl::StrCat("Location: ", other.url(), "\r\n"));
  });
  const absl::StatusOr<HttpResponse> response = MakeHttpClient([] { return false; })->Get(To(server));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
  EXPECT_TRUE(other.requests().empty());
}

TEST(HttpClient, IsBoundedInMemory) {
  const auto small = [](HttpRequest request) {
    request.max_body_bytes = 1000;
    return request;
  };
  EXPECT_EQ(StatusOf(Answer::Json(std::string(1000, 'x')), small).code(), absl::StatusCode::kOk);
  EXPECT_EQ(StatusOf(Answer::Json(std::string(1001, 'x')), small).code(), absl::StatusCode::kResourceExhausted);
  // A length that lies, and none at all.
  EXPECT_EQ(StatusOf({"HTTP/1.1 200 OK\r\n\r\n" + std::string(5'000'000, 'x')}, small).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(StatusOf(Answer::Json("{}", 200, "X: " + std::string(70'000, 'x') + "\r\n")).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(HttpClient, IsBoundedInTime) {
  const auto hasty = [](HttpRequest request) {
    request.deadline = absl::Milliseconds(300);
    return request;
  };
  const absl::Time begun = absl::Now();
  EXPECT_EQ(StatusOf({.hang = true}, hasty).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(StatusOf({.bytes = "HTTP/1.1 200 OK\r\n\r\n" + std::string(10 << 20, 'x'), .pause = absl::Milliseconds(50)},
                     hasty)
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(absl::Now() - begun, absl::Seconds(10));
}

TEST(HttpClient, EndsWhenItIsToStop) {
  ScriptedHttpServer server([](const ScriptedHttpServer::Request&) { return Answer{.hang = true}; });
  std::atomic<bool> stopping = false;
  const auto client = MakeHttpClient([&] { return stopping.load(); });
  std::thread stop([&] {
    absl::SleepFor(absl::Milliseconds(200));
    stopping = true;
  });
  EXPECT_EQ(client->Get(To(server)).status().code(), absl::StatusCode::kCancelled);
  stop.join();
}

TEST(HttpClient, TellsWhatIsWrongWithTheConnection) {
  EXPECT_EQ(StatusOf({"nonsense"}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(StatusOf({""}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(StatusOf({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"}).code(), absl::StatusCode::kUnavailable);
  const auto elsewhere = [](HttpRequest request) {
    request.url = "http://127.0.0.1:1/";
    return request;
  };
  EXPECT_EQ(StatusOf({""}, elsewhere).code(), absl::StatusCode::kUnavailable);
  const auto file = [](HttpRequest request) {
    request.url = "file:///etc/hostname";
    return request;
  };
  EXPECT_EQ(StatusOf({""}, file).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace headway
