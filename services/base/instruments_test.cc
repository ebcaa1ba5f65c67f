#include "services/base/instruments.h"

#include "gmock/gmock.h"
#include "prometheus/text_serializer.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

std::string Text(const Instruments& instruments) {
  return prometheus::TextSerializer().Serialize(instruments.registry()->Collect());
}

TEST(Instruments, TheSameNameAndLabelsGiveTheSameInstrument) {
  Instruments instruments;
  instruments.Counter("events_total", "Events.", {{"outcome", "stored"}}).Increment();
  instruments.Counter("events_total", "Events.", {{"outcome", "stored"}}).Increment(2);
  EXPECT_THAT(Text(instruments), HasSubstr("headway_events_total{outcome=\"stored\"} 3"));
}

TEST(RpcInstruments, CountByCodeAndTime) {
  Instruments instruments;
  RpcInstruments rpc(instruments, "IngestService", "Ingest");
  rpc.Finished(14, absl::Milliseconds(3));
  rpc.Finished(99, absl::Milliseconds(3));
  const std::string text = Text(instruments);
  EXPECT_THAT(text, HasSubstr("headway_rpc_total{code=\"UNAVAILABLE\",method=\"Ingest\",service=\"IngestService\"} 1"));
  EXPECT_THAT(text, HasSubstr("code=\"UNKNOWN\",method=\"Ingest\",service=\"IngestService\"} 1"));
  EXPECT_THAT(text, HasSubstr("headway_rpc_seconds_count{method=\"Ingest\",service=\"IngestService\"} 2"));
}

}  // namespace
}  // namespace headway
