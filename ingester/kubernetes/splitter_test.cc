// Both splitters, with everything cut everywhere.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "ingester/kubernetes/api_bytes.h"
#include "ingester/kubernetes/line_splitter.h"
#include "ingester/kubernetes/list_splitter.h"
#include "ingester/kubernetes/object_meta.h"

namespace headway::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Kept {
  mutable std::vector<std::string> all;
  absl::Status operator()(absl::string_view one) const {
    all.emplace_back(one);
    return absl::OkStatus();
  }
};

TEST(LineSplitter, GivesTheSameLinesHoweverTheBytesCome) {
  const std::string body = "one\n\n  \ntwo {}\nthree\nfour is cut";
  for (size_t size = 1; size <= body.size(); ++size) {
    LineSplitter lines(100);
    Kept kept;
    for (size_t at = 0; at < body.size(); at += size) ASSERT_TRUE(lines.Feed(body.substr(at, size), kept).ok());
    EXPECT_THAT(kept.all, ElementsAre("one", "two {}", "three"));
  }
}

TEST(LineSplitter, CountsLongLinesAndHoldsNoneOfThem) {
  for (size_t size : {1, 7, 1000}) {
    const std::string body =
        std::string(10, 'a') + "\n" + std::string(11, 'b') + "\n" + std::string(500, 'c') + "\nd\n";
    LineSplitter lines(10);
    Kept kept;
    for (size_t at = 0; at < body.size(); at += size) ASSERT_TRUE(lines.Feed(body.substr(at, size), kept).ok());
    EXPECT_THAT(kept.all, ElementsAre(std::string(10, 'a'), "d"));
    EXPECT_EQ(lines.too_long(), 2);
  }
}

TEST(LineSplitter, StopsWhereItIsTold) {
  LineSplitter lines(10);
  int seen = 0;
  const auto stop = [&](absl::string_view) { return ++seen == 2 ? absl::CancelledError("") : absl::OkStatus(); };
  EXPECT_TRUE(absl::IsCancelled(lines.Feed("a\nb\nc\n", stop)));
  EXPECT_EQ(seen, 2);
}

struct Read {
  absl::Status status;
  std::vector<std::string> items;
  absl::StatusOr<ListHead> head = absl::UnknownError("");
  int64_t too_large = 0;
  int64_t broken = 0;
};

Read ReadList(const std::string& body, size_t size, size_t max_item_bytes = 1000) {
  ListSplitter list(max_item_bytes);
  Kept kept;
  Read read;
  for (size_t at = 0; at < body.size() && read.status.ok(); at += size)
    read.status = list.Feed(body.substr(at, size), kept);
  read.items = kept.all;
  read.head = list.Finish();
  read.too_large = list.too_large();
  read.broken = list.broken();
  return read;
}

TEST(ListSplitter, GivesTheSameItemsHoweverTheBytesCome) {
  const std::string odd = ObjectJson("b", "2", R"(,"x":"\"}],\\","y":[{"items":[1]}],"z":-1.5e3)");
  const std::string body = ListJson("77", {ObjectJson("a", "1"), odd, "{}"}, "next");
  for (size_t size = 1; size <= body.size(); ++size) {
    const Read read = ReadList(body, size);
    ASSERT_TRUE(read.status.ok()) << size << read.status;
    EXPECT_THAT(read.items, ElementsAre(ObjectJson("a", "1"), odd, "{}"));
    ASSERT_TRUE(read.head.ok());
    EXPECT_EQ(read.head->kind, "ApplicationList");
    EXPECT_EQ(read.head->resource_version, "77");
    EXPECT_EQ(read.head->continue_token, "next");
  }
}

TEST(ListSplitter, TakesAnyOrderOfFieldsAndUnknownOnes) {
  const Read read = ReadList(
      R"( { "metadata" : {"resourceVersion":"5"}, "more": [[{"a":"]"}]], "n": 12, "items": null, "t":true,"kind":"L"} )",
      3);
  ASSERT_TRUE(read.head.ok()) << read.head.status();
  EXPECT_EQ(read.head->resource_version, "5");
  EXPECT_THAT(read.items, IsEmpty());
}

TEST(ListSplitter, CountsWhatIsTooLargeOrNoObject) {
  const std::string large = ObjectJson("a", "1", ",\"x\":\"" + std::string(2000, 'x') + "\"");
  const Read read = ReadList(ListJson("1", {large, "17", "\"text\"", "[]", ObjectJson("b", "2")}), 64);
  EXPECT_THAT(read.items, ElementsAre(ObjectJson("b", "2")));
  EXPECT_EQ(read.too_large, 1);
  EXPECT_EQ(read.broken, 3);
}

TEST(ListSplitter, ACutListHasNoEnd) {
  const std::string body = ListJson("77", {ObjectJson("a", "1")});
  const size_t end = body.rfind('}');
  for (size_t cut = 0; cut <= end; ++cut) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadList(body.substr(0, cut), 1000).head.status())) << cut;
  }
  EXPECT_TRUE(ReadList(body.substr(0, end + 1), 1000).head.ok());
}

TEST(ListSplitter, RefusesWhatIsNoObject) {
  for (const char* body : {"[]", "x", "{]", "{\"a\" 1}", "{\"items\":[}", "{}{", "{\"a\":}", "<html>"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadList(body, 1).status)) << body;
  }
  EXPECT_TRUE(ReadList("{\"kind\":7,\"metadata\":{}}", 5).head.status().code() == absl::StatusCode::kInvalidArgument);
}

TEST(ObjectReader, ReadsEventsAndWhoTheyAreAbout) {
  ObjectReader reader;
  const std::string line =
      R"({"object":{"metadata":{"resourceVersion":"9","name":"a"},"kind":"Application"},"type":"ADDED"})";
  const auto event = reader.ReadEvent(line);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type, WatchEvent::Type::kAdded);
  EXPECT_TRUE(absl::StartsWith(event->object, "{\"metadata\""));
  EXPECT_TRUE(absl::EndsWith(event->object, "\"Application\"}"));
  const auto meta = reader.ReadMeta(event->object);
  ASSERT_TRUE(meta.ok());
  EXPECT_EQ(meta->name, "a");
  EXPECT_EQ(meta->resource_version, "9");
  EXPECT_FALSE(meta->ends_initial_events);
}

TEST(ObjectReader, RefusesWhatIsNoEvent) {
  ObjectReader reader;
  for (const char* line :
       {"", "{}", "[]", "{\"type\":7,\"object\":{}}", "{\"type\":\"ADDED\"}", "{\"type\":\"ADDED\",\"object\":[]}",
        "{\"type\":\"ADDED\",\"object\":{", "\xff\xfe", "nonsense"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(reader.ReadEvent(line).status())) << line;
  }
  for (const char* object :
       {"{}", "{\"metadata\":[]}", "{\"kind\":1,\"metadata\":{}}", "{\"metadata\":{\"resourceVersion\":5}}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(reader.ReadMeta(object).status())) << object;
  }
}

}  // namespace
}  // namespace headway::kubernetes
