#include "tests/gateway/echo_service.h"

#include <grpcpp/alarm.h>

#include <chrono>
#include <memory>

namespace headway::test {
namespace {

using Context = grpc::CallbackServerContext;

void Answer(Context* context, const v1::EchoRequest& request, v1::EchoResponse* response) {
  response->set_payload(request.payload());
  response->set_filling(std::string(static_cast<size_t>(request.answer_bytes()), '\0'));
  for (const auto& [name, value] : context->client_metadata()) {
    (*response->mutable_metadata())[std::string(name.data(), name.size())] = std::string(value.data(), value.size());
  }
  const auto left = context->deadline() - std::chrono::system_clock::now();
  const bool has_deadline = context->deadline() < std::chrono::system_clock::time_point::max() - std::chrono::hours(1);
  response->set_deadline_ms(has_deadline ? std::chrono::duration_cast<std::chrono::milliseconds>(left).count() : -1);
}

void AddMetadata(Context* context, const v1::EchoRequest& request) {
  for (const auto& [name, value] : request.initial_metadata()) context->AddInitialMetadata(name, value);
  for (const auto& [name, value] : request.trailing_metadata()) context->AddTrailingMetadata(name, value);
}

grpc::Status Outcome(const v1::EchoRequest& request) {
  return grpc::Status(static_cast<grpc::StatusCode>(request.code()), request.message(), request.details());
}

// Both kinds of call: waits, answers `count` times at the reader's pace, ends. Deletes itself.
class Echoing : public grpc::ServerWriteReactor<v1::EchoResponse> {
 public:
  Echoing(Context* context, const v1::EchoRequest* request, EchoRecord* record)
      : context_(context), request_(*request), record_(*record) {
    record_.Note(request_.id(), [](auto& call) { call.set_began(true); });
    AddMetadata(context, request_);
    Answer(context, request_, &response_);
    const auto when = std::chrono::system_clock::now() + std::chrono::milliseconds(request_.wait_ms());
    alarm_.Set(when, [this](bool) { Next(); });
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      ++sent_;
      record_.Note(request_.id(), [this](auto& call) { call.set_sent(sent_); });
    }
    ok ? Next() : Finish(grpc::Status::CANCELLED);
  }
  void OnCancel() override {
    record_.Note(request_.id(), [](auto& call) { call.set_cancelled(true); });
    alarm_.Cancel();
  }
  void OnDone() override {
    record_.Note(request_.id(), [](auto& call) { call.set_ended(true); });
    delete this;
  }

 private:
  void Next() {
    if (context_->IsCancelled()) return Finish(grpc::Status::CANCELLED);
    if (sent_ == request_.count()) return Finish(Outcome(request_));
    response_.set_number(static_cast<int>(sent_));
    StartWrite(&response_);
  }

  Context* const context_;
  const v1::EchoRequest request_;
  EchoRecord& record_;
  v1::EchoResponse response_;
  grpc::Alarm alarm_;
  int64_t sent_ = 0;
};

// One answer, perhaps later. Deletes itself.
class EchoingOnce : public grpc::ServerUnaryReactor {
 public:
  EchoingOnce(Context* context, const v1::EchoRequest* request, v1::EchoResponse* response, EchoRecord* record)
      : request_(*request), record_(*record) {
    record_.Note(request_.id(), [](auto& call) { call.set_began(true); });
    AddMetadata(context, request_);
    Answer(context, request_, response);
    if (request_.wait_ms() == 0) {
      Finish(Outcome(request_));
    } else {
      const auto when = std::chrono::system_clock::now() + std::chrono::milliseconds(request_.wait_ms());
      alarm_.Set(when, [this](bool) { Finish(Outcome(request_)); });
    }
  }

  void OnCancel() override {
    record_.Note(request_.id(), [](auto& call) { call.set_cancelled(true); });
    alarm_.Cancel();
  }
  void OnDone() override {
    record_.Note(request_.id(), [](auto& call) { call.set_ended(true); });
    delete this;
  }

 private:
  const v1::EchoRequest request_;
  EchoRecord& record_;
  grpc::Alarm alarm_;
};

}  // namespace

grpc::ServerUnaryReactor* EchoService::Echo(Context* context, const v1::EchoRequest* request,
                                            v1::EchoResponse* response) {
  return new EchoingOnce(context, request, response, &record_);
}

grpc::ServerWriteReactor<v1::EchoResponse>* EchoService::Stream(Context* context, const v1::EchoRequest* request) {
  return new Echoing(context, request, &record_);
}

grpc::ServerUnaryReactor* EchoService::Recall(Context* context, const v1::RecallRequest* request,
                                              v1::RecallResponse* response) {
  *response = record_.Get(request->id());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace headway::test
