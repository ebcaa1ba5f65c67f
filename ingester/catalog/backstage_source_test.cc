#include "ingester/catalog/backstage_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingester/catalog/backstage_page.h"
#include "ingester/http/scripted_http_server.h"

namespace headway::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Answer = ScriptedHttpServer::Answer;
using Request = ScriptedHttpServer::Request;

std::string Component(const std::string& name) {
  return absl::StrCat(R"({"kind":"Component","metadata":{"name":")", name, R"("},"relations":[]})");
}
std::string Page(const std::string& items, const std::string& cursor = "") {
  return absl::StrCat("{\"items\":[", items, "],\"totalItems\":9,\"pageInfo\":{",
                      cursor.empty() ? "" : absl::StrCat("\"nextCursor\":\"", cursor, "\""), "}}");
}

class BackstageSourceTest : public testing::Test {
 protected:
  BackstageSourceTest() : server_([this](const Request& request) { return answer_(request); }) {
    options_.url = server_.url();
    options_.token_file = testing::TempDir() + "/catalog.token";
    WriteToken("secret-token\n");
  }

  void WriteToken(const std::string& token) { std::ofstream(options_.token_file) << token; }
  CatalogSource& Source() {
    if (source_ == nullptr) source_ = MakeBackstageSource(options_, MakeHttpClient([] { return false; }));
    return *source_;
  }
  std::shared_ptr<const Listing> List() {
    auto listing = Source().List();
    EXPECT_TRUE(listing.ok()) << listing.status();
    return listing.ok() ? *listing : std::make_shared<Listing>();
  }
  std::vector<std::string> Refs() {
    std::vector<std::string> refs;
    for (const ListedEntity& entity : List()->entities) refs.push_back(entity.declaration.entity_ref());
    return refs;
  }
  absl::Status Failure(const Answer& answer) {
    answer_ = [answer](const Request&) { return answer; };
    return Source().List().status();
  }

  BackstageOptions options_;
  std::function<Answer(const Request&)> answer_ = [](const Request&) { return Answer::Json(Page("")); };
  ScriptedHttpServer server_;
  std::unique_ptr<CatalogSource> source_;
};

TEST_F(BackstageSourceTest, ReadsAllPages) {
  answer_ = [](const Request& request) {
    if (absl::StrContains(request.target, "cursor=c%2b1%3d")) return Answer::Json(Page(Component("b"), "c2"));
    if (absl::StrContains(request.target, "cursor=c2"))
      return Answer::Json(Page(Component("c") + "," + Component("b")));
    return Answer::Json(Page(Component("a"), "c+1="));
  };
  EXPECT_THAT(Refs(), ElementsAre("component:default/a", "component:default/b", "component:default/c"));
  const std::vector<Request> requests = server_.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_THAT(requests[0].target,
              HasSubstr("/api/catalog/entities/by-query?limit=500&fields=kind%2cmetadata.namespace"));
  EXPECT_THAT(requests[0].target, HasSubstr("&filter=kind%3Dcomponent%2C"));
  // A cursor carries the filter, and goes with no other.
  EXPECT_THAT(requests[1].target, Not(HasSubstr("filter")));
  for (const Request& request : requests) EXPECT_EQ(request.Header("Authorization"), "Bearer secret-token");
  EXPECT_THAT(BackstageFields(), Not(HasSubstr("profile")));
}

TEST_F(BackstageSourceTest, TheSameAnswerIsTheSameListing) {
  answer_ = [](const Request&) { return Answer::Json(Page(Component("a"))); };
  const std::shared_ptr<const Listing> first = List();
  EXPECT_EQ(List(), first);
  answer_ = [](const Request&) { return Answer::Json(Page(Component("b"))); };
  EXPECT_NE(List(), first);
}

TEST_F(BackstageSourceTest, ReadsTheTokenAnewEachTime) {
  answer_ = [](const Request& request) {
    if (request.Header("Authorization") == "Bearer new") return Answer::Json(Page(Component("a")));
    return Answer::Json(R"({"error":{"name":"AuthenticationError","message":"Illegal token"}})", 401);
  };
  const absl::Status status = Source().List().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(status.message(), "answered 401: Illegal token");
  WriteToken("new");
  EXPECT_THAT(Refs(), ElementsAre("component:default/a"));
  for (const char* bad : {"", " \n", "two words", "a\nb"}) {
    WriteToken(bad);
    EXPECT_EQ(Source().List().status().code(), absl::StatusCode::kUnauthenticated) << bad;
    EXPECT_THAT(std::string(Source().List().status().message()), Not(HasSubstr("words")));
  }
  options_.token_file = "/nowhere/token";
  source_ = nullptr;
  EXPECT_EQ(Source().List().status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(BackstageSourceTest, TellsWhatIsWrong) {
  const struct {
    int http;
    absl::StatusCode code;
  } kTable[] = {
      {400, absl::StatusCode::kInvalidArgument},   {401, absl::StatusCode::kUnauthenticated},
      {403, absl::StatusCode::kPermissionDenied},  {404, absl::StatusCode::kNotFound},
      {429, absl::StatusCode::kResourceExhausted}, {500, absl::StatusCode::kUnavailable},
      {502, absl::StatusCode::kUnavailable},       {503, absl::StatusCode::kUnavailable},
      {302, absl::StatusCode::kInvalidArgument},   {204, absl::StatusCode::kInvalidArgument},
  };
  for (const auto& row : kTable) EXPECT_EQ(Failure(Answer::Json("<html>", row.http)).code(), row.code) << row.http;
}

TEST_F(BackstageSourceTest, AnAnswerThatBreaksOffIsNoListing) {
  answer_ = [](const Request& request) {
    if (absl::StrContains(request.target, "cursor")) return Answer::Json("{}", 500);
    return Answer::Json(Page(Component("a"), "c1"));
  };
  EXPECT_EQ(Source().List().status().code(), absl::StatusCode::kUnavailable);
  for (const char* body : {"", "{", "[]", "{}", "{\"items\":{}}", "{\"items\":[1],\"pageInfo\":{}}", "{\"items\":[]}",
                           "{\"items\":[],\"pageInfo\":{\"nextCursor\":1}}", "\xff\xfe"})
    EXPECT_EQ(Failure(Answer::Json(body)).code(), absl::StatusCode::kInvalidArgument) << body;
  EXPECT_EQ(Failure({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"items\":["}).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(BackstageSourceTest, IsBounded) {
  options_.max_page_bytes = 10'000;
  options_.max_entities = 3;
  options_.page_deadline = absl::Milliseconds(300);
  EXPECT_EQ(Failure(Answer::Json(Page(Component(std::string(20'000, 'a'))))).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Failure({.hang = true}).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(
      Failure(Answer::Json(Page(Component("a") + "," + Component("b") + "," + Component("c") + "," + Component("d"))))
          .code(),
      absl::StatusCode::kInvalidArgument);
  const auto last = [](const Request& request) { return absl::StrContains(request.target, "cursor"); };
  answer_ = [&](const Request& request) { return Answer::Json(Page("", last(request) ? "" : std::string(9000, 'c'))); };
  EXPECT_TRUE(Source().List().ok()) << Source().List().status();
  options_.max_page_bytes = 100'000;
  source_ = nullptr;
  answer_ = [&](const Request& request) {
    return Answer::Json(Page("", last(request) ? "" : std::string(17'000, 'c')));
  };
  EXPECT_EQ(Source().List().status().code(), absl::StatusCode::kInvalidArgument);
  // Pages without end: one that names itself, and ones that name others.
  EXPECT_EQ(Failure(Answer::Json(Page("", "c1"))).code(), absl::StatusCode::kInvalidArgument);
  options_.deadline = absl::Milliseconds(200);
  source_ = nullptr;
  answer_ = [n = 0](const Request&) mutable { return Answer::Json(Page("", absl::StrCat("c", ++n))); };
  EXPECT_EQ(Source().List().status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(BackstageSourceTest, AnEntityAtFaultDoesNotHinderTheOthers) {
  answer_ = [](const Request&) {
    return Answer::Json(Page(
        Component("a") +
        R"(,{"kind":"Component","metadata":{"name":7},"relations":[]},{"kind":"Component","metadata":{"name":"b/c"},)"
        R"("relations":[]},{"kind":"Component","metadata":{"name":"x"}},{"kind":"System"},{"kind":"Template"})"));
  };
  EXPECT_THAT(Refs(), ElementsAre("component:default/a"));
  std::vector<std::string> faults;
  for (const ListingFault& fault : List()->faults) faults.push_back(fault.reason);
  EXPECT_THAT(faults,
              testing::UnorderedElementsAre("items[1].metadata.name: is no text", HasSubstr("do not make"),
                                            "items[3].relations: is no list", "items[4].metadata: is no mapping"));
}

TEST(BackstagePage, ReadsWhatIsUsedAndNothingMoreOfPeople) {
  const auto page = DecodeBackstagePage(R"({"items":[
    {"kind":"Component","metadata":{"name":"a","namespace":"n","title":"A","annotations":{"argocd/app-name":"x","jira/key":"y","headway.dev/count":1}},
     "spec":{"type":"service"},"relations":[{"type":"ownedBy","targetRef":"group:n/g"},{"type":"partOf","targetRef":"system:n/s"},7]},
    {"kind":"User","metadata":{"name":"jo","title":"Jo Doe","annotations":{"headway.dev/x":"jo@example.com"}},"relations":[{"type":"memberOf","targetRef":"group:n/g"}]}
  ],"pageInfo":{"nextCursor":"z","prevCursor":"p"}})");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->faults, IsEmpty());
  EXPECT_EQ(page->next_cursor, "z");
  ASSERT_EQ(page->entities.size(), 2u);
  const Entity& component = page->entities[0];
  EXPECT_EQ(component.name_space, "n");
  EXPECT_EQ(component.title, "A");
  EXPECT_EQ(component.type, "service");
  EXPECT_THAT(component.annotations, ElementsAre(testing::Pair("argocd/app-name", "x")));
  EXPECT_THAT(component.relations,
              ElementsAre(testing::Pair("ownedBy", "group:n/g"), testing::Pair("partOf", "system:n/s")));
  EXPECT_EQ(page->entities[1].title, "");
  EXPECT_THAT(page->entities[1].annotations, IsEmpty());
}

TEST(BackstagePage, ErrorsAreCutAndPrintable) {
  EXPECT_EQ(BackstageErrorMessage(R"({"error":{"message":"a\nb\u00e9"}})"), "a?b??");
  EXPECT_EQ(BackstageErrorMessage(absl::StrCat(R"({"error":{"message":")", std::string(500, 'x'), "\"}}")).size(),
            200u);
  for (const char* none : {"", "x", "{}", R"({"error":{}})", R"({"error":"a"})", R"({"error":{"message":1}})"})
    EXPECT_EQ(BackstageErrorMessage(none), "") << none;
}

}  // namespace
}  // namespace headway::catalog
