#include "services/cli/observation_output.h"

#include <errno.h>
#include <string.h>

#include <fstream>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/delivery/batch_builder.h"
#include "ingester/ndjson/observation_json.h"
#include "services/cli/connection.h"
#include "services/cli/grpc_observation_sink.h"

namespace headway {
namespace {

class FileOutput : public ObservationOutput {
 public:
  FileOutput(std::string path, std::ostream* out) : path_(std::move(path)), out_(out) {}
  FileOutput(std::string path, std::ofstream file) : path_(std::move(path)), file_(std::move(file)), out_(&file_) {}

  absl::Status Add(v1::Observation observation) override {
    *out_ << ObservationToJson(observation) << '\n';
    ++counts_.stored;
    return *out_ ? absl::OkStatus() : Failed();
  }
  absl::Status Finish() override {
    out_->flush();
    return *out_ ? absl::OkStatus() : Failed();
  }
  const DeliveryCounts& counts() const override { return counts_; }

 private:
  absl::Status Failed() const {
    return absl::FailedPreconditionError(absl::StrCat("cannot write ", path_, ": ", strerror(errno)));
  }

  const std::string path_;
  std::ofstream file_;
  std::ostream* const out_;
  DeliveryCounts counts_;
};

class ServerOutput : public ObservationOutput {
 public:
  ServerOutput(std::unique_ptr<ObservationSink> sink, DeliveryOptions options)
      : sink_(std::move(sink)), delivery_(sink_.get(), std::move(options)), batches_(&delivery_) {}

  absl::Status Add(v1::Observation observation) override { return batches_.Add(std::move(observation)); }
  absl::Status Finish() override {
    absl::Status flushed = batches_.Flush();
    absl::Status finished = delivery_.Finish();
    return finished.ok() ? flushed : finished;
  }
  const DeliveryCounts& counts() const override { return delivery_.counts(); }

 private:
  const std::unique_ptr<ObservationSink> sink_;
  Delivery delivery_;
  BatchBuilder batches_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ObservationOutput>> WriteObservations(const CliContext& context,
                                                                     const std::string& path) {
  if (path == "-") return std::make_unique<FileOutput>("standard output", context.out);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return absl::FailedPreconditionError(absl::StrCat("cannot write ", path, ": ", strerror(errno)));
  return std::make_unique<FileOutput>(path, std::move(file));
}

absl::StatusOr<std::unique_ptr<ObservationOutput>> SendObservations(
    const CliContext& context, absl::Duration retry_for, std::function<void(const RejectedRecord&)> on_rejected) {
  auto channel = Connect(context);
  if (!channel.ok()) return channel.status();
  DeliveryOptions options;
  options.give_up_after = retry_for;
  options.on_rejected = std::move(on_rejected);
  return std::make_unique<ServerOutput>(MakeGrpcObservationSink(context, *channel), std::move(options));
}

}  // namespace headway
