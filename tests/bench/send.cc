#include "tests/bench/send.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace headway::bench {

Sender::Sender(const std::string& server, int number) : stub_(v1::IngestService::NewStub(ConnectTo(server, number))) {}

void Sender::Send(const v1::IngestRequest& batch) {
  const absl::Time began = absl::Now();
  absl::Duration pause = absl::Milliseconds(20);
  while (true) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::IngestResponse response;
    const grpc::Status status = stub_->Ingest(&context, batch, &response);
    if (status.ok()) {
      stored += response.stored();
      duplicates += response.duplicates();
      rejected += response.rejected();
      if (response.rejections_size() > 0 && rejected == response.rejected()) {
        fprintf(stderr, "headway_bench: rejected: %s\n", response.rejections(0).ShortDebugString().c_str());
      }
      latency.Add(absl::Now() - began);
      return;
    }
    if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED &&
        status.error_code() != grpc::StatusCode::UNAVAILABLE) {
      Fail(absl::StrCat("while sending: ", status.error_message()));
    }
    ++retries;
    absl::SleepFor(pause);
    pause = std::min(pause * 2, absl::Seconds(1));
  }
}

nlohmann::json Sum(const std::vector<std::unique_ptr<Sender>>& senders) {
  int64_t stored = 0, duplicates = 0, rejected = 0, retries = 0;
  Distribution latency;
  for (const auto& sender : senders) {
    stored += sender->stored;
    duplicates += sender->duplicates;
    rejected += sender->rejected;
    retries += sender->retries;
    latency.Add(sender->latency);
  }
  return {{"stored", stored},
          {"duplicates", duplicates},
          {"rejected", rejected},
          {"retries", retries},
          {"batch", latency.ToJson()}};
}

}  // namespace headway::bench
