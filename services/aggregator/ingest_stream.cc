#include "services/aggregator/ingest_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/runtime/grpc_status.h"

namespace headway {
namespace {

constexpr int kMaxRejections = 1'000;

// Adds one batch's outcome to the stream's.
void Add(const v1::IngestResponse& batch, int64_t records_before, v1::IngestResponse& all) {
  all.set_stored(all.stored() + batch.stored());
  all.set_duplicates(all.duplicates() + batch.duplicates());
  all.set_rejected(all.rejected() + batch.rejected());
  for (const v1::Rejection& rejection : batch.rejections()) {
    if (all.rejections_size() == kMaxRejections) return;
    v1::Rejection& added = *all.add_rejections();
    added = rejection;
    added.set_index(rejection.index() + records_before);
  }
}

const absl::Status& Stopping() {
  static const absl::Status* status = new absl::Status(absl::UnavailableError("the server is stopping: send again"));
  return *status;
}

}  // namespace

IngestStreamReactor::IngestStreamReactor(IngestServiceImpl& service, grpc::CallbackServerContext* context,
                                         v1::IngestResponse* response)
    : service_(service), context_(context), response_(response), started_(absl::Now()) {}

void IngestStreamReactor::Begin() {
  if (service_.Enter(this)) {
    StartRead(&request_);
  } else {
    End(absl::ResourceExhaustedError("too many streams: retry with back-off"));
  }
}

void IngestStreamReactor::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    if (storing_) return;  // ends when the batch is stored
  }
  End(Stopping());
}

void IngestStreamReactor::OnReadDone(bool ok) {
  if (!ok) return End(absl::OkStatus());  // the sender has sent everything, or the call is over
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) return;
    storing_ = true;
  }
  Submit();
}

void IngestStreamReactor::Submit() {
  absl::Status status = service_.Check(request_);
  if (status.ok()) {
    auto done = [this](absl::StatusOr<v1::IngestResponse> result) { Stored(std::move(result)); };
    if (service_.Store(request_, context_, /*of_stream=*/true, std::move(done))) return;
    status = Stopping();
  }
  Stored(status);
}

void IngestStreamReactor::Stored(absl::StatusOr<v1::IngestResponse> result) {
  if (result.ok()) {
    Add(*result, records_, *response_);
    records_ += request_.observations_size();
  }
  bool go_on = result.ok();
  {
    absl::MutexLock lock(&mutex_);
    go_on = go_on && !draining_ && !ended_;
    // Inside of the lock: Drain must not end the call, and with it delete this, between the decision and the read. For the same reason a stream that is about
    // to end here stays one that is storing: Drain leaves it alone.
    if (go_on) {
      storing_ = false;
      StartRead(&request_);
    }
  }
  if (!go_on) End(result.ok() ? Stopping() : result.status());
}

void IngestStreamReactor::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(ended_, true)) return;
    code_ = static_cast<int>(status.code());
  }
  Finish(ToGrpc(status));
}

void IngestStreamReactor::OnDone() {
  service_.Leave(this);
  int code;
  {
    absl::MutexLock lock(&mutex_);
    code = code_;
  }
  service_.stream_.Finished(code, absl::Now() - started_);
  delete this;
}

}  // namespace headway
