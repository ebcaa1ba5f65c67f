#include "ingester/argocd/application_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ingester/argocd/golden_cases.h"
#include "ingester/argocd/observe_application.h"

namespace headway {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Minimal(absl::string_view status) {
  return absl::StrCat(R"({"metadata":{"name":"a","namespace":"b"},"status":)", status, "}");
}

std::string Repeat(absl::string_view text, size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&all, text);
  return all;
}

// Whatever was decoded can be observed.
bool IsReadOrRefused(ApplicationDecoder& decoder, absl::string_view json) {
  const auto application = decoder.Decode(json);
  if (!application.ok()) return absl::IsInvalidArgument(application.status());
  return !ObserveApplication(*application, {}).stream.stream().stream().empty();
}

TEST(ApplicationDecoder, SurvivesTheEndAtEveryByte) {
  ApplicationDecoder decoder;
  const std::string& json = Golden("recorded_sync_with_images").application;
  ASSERT_TRUE(decoder.Decode(json).ok());
  for (size_t end = 0; end < json.size(); ++end) {
    EXPECT_TRUE(absl::IsInvalidArgument(decoder.Decode(absl::string_view(json).substr(0, end)).status())) << end;
  }
}

TEST(ApplicationDecoder, SurvivesAnyOtherValueAtEveryPlace) {
  ApplicationDecoder decoder;
  const std::vector<nlohmann::json> others = {nullptr,
                                              true,
                                              -1,
                                              1e300,
                                              18446744073709551615u,
                                              "",
                                              "\x01",
                                              std::string(5000, 'x'),
                                              nlohmann::json::array(),
                                              nlohmann::json::array({nullptr, 1, nlohmann::json::object()}),
                                              nlohmann::json::object()};
  int places = 0;
  for (const char* name :
       {"recorded_sync_with_images", "multi_source_helm_and_git", "source_hydrator", "app_of_apps_by_resources"}) {
    const nlohmann::json application = nlohmann::json::parse(Golden(name).application);
    const nlohmann::json leaves = application.flatten();
    for (const auto& [pointer, unused] : leaves.items()) {
      for (nlohmann::json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
        ++places;
        for (const nlohmann::json& other : others) {
          nlohmann::json changed = application;
          changed[at] = other;
          ASSERT_TRUE(IsReadOrRefused(decoder, changed.dump())) << at.to_string() << " " << other.dump().substr(0, 20);
        }
      }
    }
  }
  EXPECT_GT(places, 250);
}

TEST(ApplicationDecoder, RefusesWhatIsTooDeep) {
  ApplicationDecoder decoder;
  for (const char* open : {"[", R"({"status":)"}) {
    const auto refused = decoder.Decode(Minimal(Repeat(open, 300'000)));
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  }
  const std::string deep = absl::StrCat(Repeat("[", 250), Repeat("]", 250));
  EXPECT_TRUE(decoder.Decode(Minimal(deep)).ok());
  EXPECT_TRUE(
      decoder
          .Decode(Minimal(absl::StrCat(R"({"history":[{"id":0,"deployedAt":"2026-01-01T00:00:00Z","source":{"a":)",
                                       deep.substr(10, 480), "}}]}")))
          .ok());
}

TEST(ApplicationDecoder, RefusesWhatIsNoUtf8AndTextsThatHoldHalfACharacter) {
  ApplicationDecoder decoder;
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Decode(Minimal("\"\xff\"")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Decode(Minimal("\"\\ud800\"")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Decode("").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Decode(R"({"kind":"Status"})").status()));
}

TEST(ApplicationDecoder, RefusesWhatIsTooLongBeforeReadingIt) {
  ApplicationDecoder decoder(1'000);
  const auto refused = decoder.Decode(std::string(1'001, ' '));
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("it has 1001 bytes, at most 1000 are read"));
}

TEST(ApplicationDecoder, CutsListsToWhatAnObservationHolds) {
  const std::string entry =
      R"({"id":%,"deployedAt":"2026-01-01T00:00:00Z","source":{"repoURL":"https://h/o/n"},"revision":"r"})";
  std::string history;
  for (int i = 0; i < 3'000; ++i)
    absl::StrAppend(&history, i == 0 ? "" : ",", absl::StrReplaceAll(entry, {{"%", absl::StrCat(i)}}));
  std::string images;
  for (int i = 0; i < 3'000; ++i) absl::StrAppend(&images, i == 0 ? "\"" : ",\"", "registry/a:", i, "\"");
  const auto application = ApplicationDecoder().Decode(Minimal(absl::StrCat(
      R"({"history":[)", history, R"(],"summary":{"images":[)", images,
      R"(]},"operationState":{"phase":"Succeeded","startedAt":"2026-01-02T00:00:00Z","finishedAt":"2026-01-02T00:00:00Z","syncResult":{"sources":[)",
      Repeat("{},", 500), R"({}],"resources":[{"images":[)", images, "]}]}}}")));
  ASSERT_TRUE(application.ok()) << application.status();
  EXPECT_THAT(application->history, SizeIs(1'000));
  EXPECT_EQ(application->history.back().id, 2'999);
  EXPECT_THAT(application->running_images, SizeIs(1'000));
  EXPECT_THAT(application->operation->images, SizeIs(1'000));
  EXPECT_THAT(application->operation->sources, SizeIs(100));
}

TEST(ApplicationDecoder, BoundsTheNotes) {
  EXPECT_THAT(ApplicationDecoder().Decode(Minimal(absl::StrCat(R"({"history":[)", Repeat("{},", 500), "{}]}")))->notes,
              SizeIs(20));
}

int64_t ResidentBytes() {
  int64_t pages = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  EXPECT_EQ(std::fscanf(file, "%ld %ld", &pages, &resident), 2);
  std::fclose(file);
  return resident * 4096;
}

TEST(ApplicationDecoder, TakesMemoryForOneLongObjectAtATime) {
  ApplicationDecoder decoder;
  const std::string small = Golden("real_history").application;
  const std::string large = Minimal(absl::StrCat("[", Repeat("[],", 1'300'000), "0]"));
  const int64_t before = ResidentBytes();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(decoder.Decode(large).ok());
    ASSERT_TRUE(decoder.Decode(small).ok());
  }
  // What the allocator keeps of one; twenty are ten times as much.
  EXPECT_LT(ResidentBytes() - before, 64 << 20);
}

}  // namespace
}  // namespace headway
