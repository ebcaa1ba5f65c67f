#include "services/gateway/request_reader.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace headway::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using Found = RequestReader::Found;

constexpr size_t kHeaderLimit = 200;

// All that is found in bytes that come in pieces, until nothing or a fault is.
struct Outcome {
  std::vector<Found> found;
  RequestHead head;
  std::string body;
  std::string rest;
  int fault = 0;
};

Outcome ReadAll(const std::vector<std::string>& pieces) {
  Outcome outcome;
  RequestReader reader(kHeaderLimit, [&](absl::string_view piece) {
    absl::StrAppend(&outcome.body, piece);
    return outcome.body.find('!') == std::string::npos;
  });
  for (const std::string& piece : pieces) {
    outcome.rest += piece;
    absl::string_view bytes = outcome.rest;
    while (outcome.found.empty() || outcome.found.back() == Found::kHead) {
      const Found found = reader.Read(&bytes);
      if (found == Found::kNothing) break;
      if (found == Found::kHead) outcome.head = reader.head();
      if (found == Found::kFault) outcome.fault = reader.fault().head.status;
      outcome.found.push_back(found);
    }
    outcome.rest = std::string(bytes);
  }
  return outcome;
}

TEST(RequestReader, FindsTheSameHoweverTheBytesAreCut) {
  for (const std::string& request : {std::string("POST /a/b HTTP/1.1\r\nA: b\r\nContent-Length: 4\r\n\r\nbody"),
                                     std::string("POST /a/b HTTP/1.1\r\nA: b\r\nTransfer-Encoding: "
                                                 "chunked\r\n\r\n1\r\nb\r\n3;x=y\r\nody\r\n0\r\nT: u\r\n\r\n")}) {
    for (size_t at = 0; at <= request.size(); ++at) {
      const Outcome outcome = ReadAll({request.substr(0, at), request.substr(at)});
      ASSERT_THAT(outcome.found, ElementsAre(Found::kHead, Found::kEnd)) << at;
      ASSERT_EQ(outcome.body, "body") << at;
      ASSERT_EQ(outcome.head.target, "/a/b");
      ASSERT_THAT(outcome.head.headers.front(), Pair("a", "b"));
    }
    std::vector<std::string> bytes;
    for (const char c : request) bytes.emplace_back(1, c);
    ASSERT_EQ(ReadAll(bytes).body, "body");
  }
}

TEST(RequestReader, ARequestWithoutABodyEndsWithItsHead) {
  const Outcome outcome = ReadAll({"GET / HTTP/1.1\r\n\r\n"});
  EXPECT_THAT(outcome.found, ElementsAre(Found::kHead, Found::kEnd));
  EXPECT_EQ(outcome.head.body_bytes, std::nullopt);
}

TEST(RequestReader, LeavesTheNextRequestAlone) {
  EXPECT_EQ(ReadAll({"POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\naGET /", "next"}).rest, "GET /next");
}

TEST(RequestReader, StopsWhereTheBodyIsRefused) {
  EXPECT_THAT(ReadAll({"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nab!", "more"}).found,
              ElementsAre(Found::kHead, Found::kRefused));
}

TEST(RequestReader, RefusesAHeaderThatIsTooLongHoweverItIsMade) {
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += "a: b\r\n";
  for (const std::string& header : {lines, lines + "\r\n", "a: " + std::string(300, 'b'), std::string(300, '\r')}) {
    const Outcome whole = ReadAll({"GET / HTTP/1.1\r\n" + header});
    EXPECT_THAT(whole.found, ElementsAre(Found::kFault)) << header;
    EXPECT_TRUE(whole.fault == 431 || header[0] == '\r') << header;
  }
  std::vector<std::string> bytes = {"GET / HTTP/1.1\r\n"};
  for (const char c : lines) bytes.emplace_back(1, c);
  EXPECT_EQ(ReadAll(bytes).fault, 431);
  // Lines that can be used at once, with the beginning of the next, so that what is left is never long.
  std::vector<std::string> pieces = {"GET / HTTP/1.1\r\na"};
  for (int i = 0; i < 20; ++i) pieces.emplace_back(": b\r\na: b\r\na: b\r\na");
  EXPECT_EQ(ReadAll(pieces).fault, 431);
}

TEST(RequestReader, RefusesWhatIsNoRequestOrTwoInOne) {
  for (const char* request : {"\r\r", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                              "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
                              "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n",
                              "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                              "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
                              "POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n"}) {
    EXPECT_EQ(ReadAll({request}).fault, 400) << request;
  }
}

}  // namespace
}  // namespace headway::gateway
