#include "tests/bench/call_command.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "tests/gateway/echo.grpc.pb.h"

namespace headway::bench {
namespace {

namespace echo = headway::test::v1;

// One connection with one call at a time.
class Caller {
 public:
  Caller(const CallOptions& options, int own, absl::Time begin, absl::Time end, absl::BlockingCounter* done)
      : stub_(echo::EchoService::NewStub(ConnectTo(options.server, own))), begin_(begin), end_(end), done_(*done) {
    request_.set_payload(std::string(static_cast<size_t>(options.payload), 'x'));
  }

  void Next() {
    started_ = absl::Now();
    if (started_ >= end_) {
      done_.DecrementCount();
      return;
    }
    context_ = std::make_unique<grpc::ClientContext>();
    stub_->async()->Echo(context_.get(), &request_, &response_, [this](const grpc::Status& status) {
      if (!status.ok()) Fail(absl::StrCat("a call failed: ", status.error_message()));
      if (started_ >= begin_) spans_.Add(absl::Now() - started_);
      Next();
    });
  }

  const Distribution& spans() const { return spans_; }

 private:
  const std::unique_ptr<echo::EchoService::Stub> stub_;
  const absl::Time begin_, end_;
  absl::BlockingCounter& done_;
  echo::EchoRequest request_;
  echo::EchoResponse response_;
  std::unique_ptr<grpc::ClientContext> context_;
  absl::Time started_;
  Distribution spans_;
};

}  // namespace

void CallByGrpc(const CallOptions& options, absl::Time begin, absl::Time end, Distribution* spans) {
  absl::BlockingCounter done(options.connections);
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < options.connections; ++i) {
    callers.push_back(std::make_unique<Caller>(options, i, begin, end, &done));
  }
  for (const auto& caller : callers) caller->Next();
  done.Wait();
  for (const auto& caller : callers) spans->Add(caller->spans());
}

int64_t StreamByGrpc(const CallOptions& options) {
  const auto stub = echo::EchoService::NewStub(ConnectTo(options.server));
  echo::EchoRequest request;
  request.set_payload(std::string(static_cast<size_t>(options.payload), 'x'));
  request.set_count(static_cast<int>(options.count));
  grpc::ClientContext context;
  const auto reader = stub->Stream(&context, request);
  echo::EchoResponse response;
  int64_t came = 0;
  while (reader->Read(&response)) ++came;
  if (const grpc::Status status = reader->Finish(); !status.ok()) {
    Fail(absl::StrCat("a stream failed: ", status.error_message()));
  }
  return came;
}

nlohmann::json Calls(const CallOptions& options) {
  Distribution spans;
  const absl::Time begin = absl::Now() + absl::Seconds(options.seconds / 10);
  const absl::Time end = begin + absl::Seconds(options.seconds);
  options.gateway.empty() ? CallByGrpc(options, begin, end, &spans) : CallByGateway(options, begin, end, &spans);
  return {{"calls", spans.size()},
          {"per_second", static_cast<double>(spans.size()) / options.seconds},
          {"latency", spans.ToJson()}};
}

nlohmann::json StreamMessages(const CallOptions& options) {
  const absl::Time began = absl::Now();
  const int64_t came = options.gateway.empty() ? StreamByGrpc(options) : StreamByGateway(options);
  return {{"messages", came}, {"per_second", static_cast<double>(came) / absl::ToDoubleSeconds(absl::Now() - began)}};
}

}  // namespace headway::bench
