#include "ingester/delivery/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "ingester/delivery/batch_builder.h"
#include "ingester/delivery/recording_sink.h"

namespace headway {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Lt;

v1::Observation Named(absl::string_view name, size_t filling = 0) {
  v1::Observation observation;
  observation.set_source("test");
  observation.mutable_entity()->set_entity_ref(std::string(name));
  observation.mutable_entity()->set_title(std::string(filling, 'x'));
  return observation;
}

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() {
    options_.sleep = [this](absl::Duration pause) {
      absl::MutexLock lock(&mutex_);
      pauses_.push_back(pause);
    };
    options_.jitter = [] { return 1.0; };
    options_.on_rejected = [this](const RejectedRecord& record) {
      rejected_.push_back(absl::StrCat(record.origin, ": ", record.field, ": ", record.reason));
    };
  }

  absl::Status DeliverNamed(int count, size_t filling = 0) {
    Delivery delivery(&sink_, options_);
    BatchBuilder builder(&delivery);
    for (int i = 1; i <= count; ++i) {
      if (absl::Status added = builder.Add(Named(absl::StrCat("e", i), filling)); !added.ok()) return added;
    }
    if (absl::Status flushed = builder.Flush(); !flushed.ok()) return flushed;
    absl::Status finished = delivery.Finish();
    stored_ = delivery.counts().stored;
    rejected_count_ = delivery.counts().rejected;
    return finished;
  }

  RecordingSink sink_;
  DeliveryOptions options_;
  absl::Mutex mutex_;
  std::vector<absl::Duration> pauses_;
  std::vector<std::string> rejected_;
  int64_t stored_ = 0;
  int64_t rejected_count_ = 0;
};

TEST_F(DeliveryTest, SplitsByCountOfRecords) {
  ASSERT_TRUE(DeliverNamed(12001).ok());
  EXPECT_EQ(stored_, 12001);
  EXPECT_THAT(sink_.batch_records(), ::testing::UnorderedElementsAre(5000, 5000, 2001));
}

TEST_F(DeliveryTest, SplitsByBytes) {
  ASSERT_TRUE(DeliverNamed(100, 100'000).ok());
  EXPECT_EQ(stored_, 100);
  EXPECT_THAT(sink_.batch_bytes(), Each(Le(kMaxBatchBytes)));
  EXPECT_THAT(sink_.batch_bytes().size(), Ge(4u));
}

TEST_F(DeliveryTest, KeepsNoMoreThanTheWindowUnderWay) {
  sink_.TakeTime(absl::Milliseconds(20));
  ASSERT_TRUE(DeliverNamed(8 * kMaxBatchRecords).ok());
  EXPECT_EQ(sink_.most_at_once(), 4);
}

TEST_F(DeliveryTest, RetriesWithGrowingPausesUntilTheServiceIsBack) {
  options_.window = 1;
  sink_.FailNext(3, absl::UnavailableError("restarting"));
  ASSERT_TRUE(DeliverNamed(10).ok());
  EXPECT_EQ(stored_, 10);
  EXPECT_EQ(sink_.calls(), 4);
  EXPECT_THAT(pauses_, ElementsAre(absl::Milliseconds(100), absl::Milliseconds(200), absl::Milliseconds(400)));
}

TEST_F(DeliveryTest, SpreadsPausesByHalf) {
  options_.window = 1;
  options_.jitter = [] { return 0.0; };
  sink_.FailNext(1, absl::ResourceExhaustedError("full"));
  ASSERT_TRUE(DeliverNamed(1).ok());
  EXPECT_THAT(pauses_, ElementsAre(absl::Milliseconds(50)));
}

TEST_F(DeliveryTest, GivesUpAfterTheTimeAllowed) {
  options_.window = 1;
  options_.give_up_after = absl::Seconds(20);
  sink_.FailNext(1000, absl::UnavailableError("gone"));
  const absl::Status status = DeliverNamed(1);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("gone (gave up after "));
  EXPECT_THAT(sink_.calls(), Lt(15));
}

TEST_F(DeliveryTest, DoesNotRetryWhatWillNotGetBetterAndTakesNothingMore) {
  sink_.FailNext(1000, absl::UnimplementedError("no such service"));
  EXPECT_TRUE(absl::IsUnimplemented(DeliverNamed(40 * kMaxBatchRecords)));
  EXPECT_THAT(sink_.calls(), Le(4));
  EXPECT_THAT(pauses_, ElementsAre());
}

TEST_F(DeliveryTest, ReportsRefusedRecordsByTheirOrigin) {
  sink_.RejectWhere([](const v1::Observation& o) { return o.entity().entity_ref() == "e5003" ? "entity.title" : ""; });
  ASSERT_TRUE(DeliverNamed(5004).ok());
  EXPECT_EQ(stored_, 5003);
  EXPECT_EQ(rejected_count_, 1);
  EXPECT_THAT(rejected_, ElementsAre("5003: entity.title: refused by the test"));
}

}  // namespace
}  // namespace headway
