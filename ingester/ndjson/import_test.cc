#include "ingester/ndjson/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "ingester/delivery/recording_sink.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class ImportNdjsonTest : public ::testing::Test {
 protected:
  ~ImportNdjsonTest() override { unlink(path_.c_str()); }

  absl::Status Import(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    auto reader = LineChunkReader::Open(path_, limits_);
    if (!reader.ok()) return reader.status();
    DeliveryOptions delivery_options;
    delivery_options.sleep = [](absl::Duration) {};
    const auto report = [this](const RejectedRecord& r) {
      absl::MutexLock lock(&mutex_);
      reports_.push_back(absl::StrCat(r.origin, ": ", r.field));
    };
    delivery_options.on_rejected = report;
    Delivery delivery(&sink_, delivery_options);
    NdjsonImportOptions options;
    options.on_broken = report;
    absl::Status status = ImportNdjson(reader->get(), &delivery, options, &counts_);
    stored_ = delivery.counts().stored;
    return status;
  }

  static std::string Line(int i) {
    return absl::StrCat(R"({"source":"s","entity":{"entityRef":"component:default/e)", i, R"("}})", "\n");
  }

  const std::string path_ = absl::StrCat(::testing::TempDir(), "/import_", getpid());
  LineChunkReader::Limits limits_;
  RecordingSink sink_;
  NdjsonImportCounts counts_;
  absl::Mutex mutex_;
  std::vector<std::string> reports_;
  int64_t stored_ = 0;
};

TEST_F(ImportNdjsonTest, SendsEveryLineOnce) {
  std::string content;
  std::vector<std::string> expected;
  for (int i = 0; i < 30'000; ++i) {
    content += Line(i);
    expected.push_back(absl::StrCat("component:default/e", i));
  }
  ASSERT_TRUE(Import(content).ok());
  std::vector<std::string> got;
  for (const v1::Observation& o : sink_.observations()) got.push_back(o.entity().entity_ref());
  std::sort(got.begin(), got.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(got, expected);
  EXPECT_EQ(counts_.lines, 30'000);
}

TEST_F(ImportNdjsonTest, ReportsBrokenAndRefusedLinesByNumberAndStoresTheRest) {
  sink_.RejectWhere([](const v1::Observation& o) {
    return o.entity().entity_ref() == "component:default/e2" ? "entity.entity_ref" : "";
  });
  ASSERT_TRUE(
      Import(absl::StrCat(Line(1), "{broken\n", "\n", R"({"entity":{"version":-1}})", "\n", Line(2), Line(3))).ok());
  EXPECT_THAT(reports_, UnorderedElementsAre("2: json", "4: entity.version", "5: entity.entity_ref"));
  EXPECT_EQ(stored_, 2);
  EXPECT_EQ(counts_.lines, 5);
  EXPECT_EQ(counts_.broken, 2);
}

TEST_F(ImportNdjsonTest, StoresEverythingWhenTheServiceWasAwayForAWhile) {
  limits_.chunk_lines = 10;
  limits_.chunk_bytes = 100;
  std::string content;
  for (int i = 0; i < 1000; ++i) content += Line(i);
  sink_.FailNext(20, absl::UnavailableError("restarting"));
  ASSERT_TRUE(Import(content).ok());
  EXPECT_EQ(stored_, 1000);
}

TEST_F(ImportNdjsonTest, EndsWithTheErrorOfTheService) {
  limits_.chunk_lines = 10;
  limits_.chunk_bytes = 100;
  std::string content;
  for (int i = 0; i < 10'000; ++i) content += Line(i);
  sink_.FailNext(1'000'000, absl::PermissionDeniedError("not for you"));
  EXPECT_TRUE(absl::IsPermissionDenied(Import(content)));
}

TEST_F(ImportNdjsonTest, ReportsALineThatIsTooLong) {
  limits_.chunk_bytes = 100;
  limits_.line_bytes = 1000;
  ASSERT_TRUE(Import(absl::StrCat(Line(1), std::string(5000, ' '), "\n", Line(2))).ok());
  EXPECT_THAT(reports_, ElementsAre("2: json"));
  EXPECT_EQ(stored_, 2);
}

}  // namespace
}  // namespace headway
