#include "aggregator/projection/source_condition.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/observation_text.h"
#include "gmock/gmock.h"

namespace headway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PayloadFrom;

std::string Status(int64_t complete_until, int64_t reported_at, const std::string& more = "") {
  return PayloadFrom(absl::StrCat("source: 's' source_status { covers: CHANGES complete_until { seconds: ",
                                  complete_until, " } reported_at { seconds: ", reported_at, " } ", more, " }"));
}

std::vector<std::string> Without(const std::vector<std::string>& payloads, const std::vector<size_t>& places) {
  std::vector<std::string> left;
  for (size_t i = 0; i < payloads.size(); ++i) {
    if (std::find(places.begin(), places.end(), i) == places.end()) left.push_back(payloads[i]);
  }
  return left;
}

void ExpectSame(const SourceCondition& expected, const SourceCondition& actual) {
  EXPECT_EQ(expected.exists, actual.exists);
  EXPECT_EQ(expected.status.covers, actual.status.covers);
  EXPECT_EQ(expected.status.complete_until, actual.status.complete_until);
  EXPECT_EQ(expected.status.entity_refs, actual.status.entity_refs);
  EXPECT_EQ(expected.last_contact, actual.last_contact);
  EXPECT_EQ(expected.problems, actual.problems);
  EXPECT_EQ(expected.retired, actual.retired);
}

TEST(SupersededStatuses, KeepsWhatWasSaidLastAndWhatCameFurthest) {
  EXPECT_THAT(SupersededStatuses({}), IsEmpty());
  EXPECT_THAT(SupersededStatuses({Status(5, 5)}), IsEmpty());
  EXPECT_THAT(SupersededStatuses({Status(5, 5), Status(6, 6), Status(4, 4)}), ElementsAre(0, 2));
  EXPECT_THAT(SupersededStatuses({Status(9, 5), Status(0, 6), Status(8, 4)}), ElementsAre(2));
  // Of those that came equally far the one that was said last is enough.
  EXPECT_THAT(SupersededStatuses({Status(9, 5), Status(9, 6)}), ElementsAre(0));
}

TEST(SupersededStatuses, LeavesAloneWhatIsNoStatus) {
  const std::string change = PayloadFrom("source: 's' change { repository: 'h/o/n' number: 1 }");
  EXPECT_THAT(SupersededStatuses({change, Status(5, 5), "\xff\xff", Status(6, 6)}), ElementsAre(1));
}

TEST(SupersededStatuses, NoFoldDependsOnThemWhateverComesLater) {
  std::mt19937_64 random(7);
  const auto some = [&](int count) {
    std::vector<std::string> payloads;
    for (int i = 0; i < count; ++i) {
      payloads.push_back(
          Status(random() % 8, random() % 8,
                 absl::StrCat("retired: ", random() % 4 == 0 ? "true" : "false",
                              " entity_refs: 'component:", random() % 3, "' problems { code: FORBIDDEN subject: '",
                              random() % 3, "' } last_contact_at { seconds: ", random() % 5, " }")));
    }
    return payloads;
  };
  for (int round = 0; round < 500; ++round) {
    const std::vector<std::string> first = some(random() % 8), later = some(random() % 4);
    std::vector<std::string> all = first, left = Without(first, SupersededStatuses(first));
    EXPECT_LE(left.size(), 2u);
    ExpectSame(FoldSourceCondition(first), FoldSourceCondition(left));
    all.insert(all.end(), later.begin(), later.end());
    left.insert(left.begin(), later.begin(), later.end());
    ExpectSame(FoldSourceCondition(all), FoldSourceCondition(left));
  }
}

}  // namespace
}  // namespace headway
